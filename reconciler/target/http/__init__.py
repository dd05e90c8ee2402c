"""Requests with a deadline: one attempt (`send`), and retries that mind idempotency (`retry`)."""

"""Requests with a deadline: one attempt (`send`), retries that mind idempotency (`retry`), the admin API over both."""

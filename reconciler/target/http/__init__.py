"""Requests with a deadline: one attempt (`send`), and retries that know what may have been done (`retry`)."""

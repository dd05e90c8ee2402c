"""One admin write: revision check, idempotent step, lease, receipt, audit log entry, in one transaction."""

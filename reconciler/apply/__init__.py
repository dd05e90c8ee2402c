"""Effects: apply an executable plan under a lock, record it, check the outcome.

`run` is the whole of it; `executor` makes the changes, `lock` holds the lease, `rebase` fits a saved plan to the
current state, `receipts` reads past applies, `postcheck` observes the outcome, `simulate` tries it in a sandbox.
"""

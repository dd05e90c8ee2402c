"""Effects: apply an executable plan under a lock, record it, check the outcome.

`run` is the whole of it; `executor` performs the steps, `lock` holds the lease, `rebase` fits a saved plan to the
current state, `receipts` reads what applies left, `postcheck` looks afterwards, `simulate` tries it in a sandbox.
"""

"""What an apply keeps in the workspace: its lock, its receipt, and the record of what was declared last."""

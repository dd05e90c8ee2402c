"""Changes with their authors, applies of files, and tokens."""

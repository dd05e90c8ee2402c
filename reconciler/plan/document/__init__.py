"""The plan document: written, read back, and the executable part of it."""

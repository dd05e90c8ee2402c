"""Many configurations as one: load, plan in parts, order, apply, verify. One document, one exit code."""

"""Fleet: load, plan in batches, order, apply and verify many configurations. One document, one exit code."""

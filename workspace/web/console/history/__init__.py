"""Who changed what, what was applied from files, and who may call."""

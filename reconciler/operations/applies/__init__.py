"""What was applied, and what of it waits for a person."""

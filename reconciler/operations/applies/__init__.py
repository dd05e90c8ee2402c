"""The history of applies, and their tasks for a person."""

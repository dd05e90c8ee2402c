"""Errors, clock, case folding, data files, request validation. Imports nothing of the project."""

"""Traces of an apply in the workspace: its lock, its receipt, and its record."""

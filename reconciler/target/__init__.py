"""Workspaces that can be reconciled."""

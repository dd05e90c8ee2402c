"""Checks of a plan: guards, expectations, preflight diagnostics, audience lint."""

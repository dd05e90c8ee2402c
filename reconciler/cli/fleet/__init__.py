"""The fleet forms of plan, apply, drift and verify."""

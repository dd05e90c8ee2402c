"""Promotion: evidence from one environment, its conditions, and the plan for the next."""

"""Promotion: what was proven in one environment, the conditions it meets, and the plan for the next."""

"""Field changes with their origins, ignore rules, and coverage."""

"""Field changes with their origins, ignore rules, and coverage: which fields the file answers for."""

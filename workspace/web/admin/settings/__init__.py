"""The settings: `plain` answers for every kind that only reads and writes, a module of its own for any other."""

"""Documents about what stands on a forge: those that say what was done there, and those that builds kept."""

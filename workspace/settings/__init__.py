"""Settings of a workspace: kinds, defaults, required settings, and the whole configuration in one read."""

"""Settings of a workspace: kinds, first values, required settings, and the whole configuration in one read."""

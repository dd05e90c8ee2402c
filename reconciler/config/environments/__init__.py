"""Environments: overrides, files beside a configuration, and the provenance of each value."""

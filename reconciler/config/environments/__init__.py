"""Overrides per environment, the files beside a configuration, and the provenance of each value."""

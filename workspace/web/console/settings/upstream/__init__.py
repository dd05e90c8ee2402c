"""The pages of a workspace with an upstream: known settings, and a person's tasks at the vendor."""

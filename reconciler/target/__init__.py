"""Targets: workspaces as the tool reaches them."""

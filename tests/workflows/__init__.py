"""Workflows and templates, executed as they are written: real scripts, real workspaces, forges on loopback."""

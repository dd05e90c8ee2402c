"""Verification: log in as people of the workspace, open the pages, and compare with expectations."""

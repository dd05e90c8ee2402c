"""Run a workspace: inside the process, on a port, or as a sandbox in memory."""

"""Shared parts of verbs: files, databases, forges, interrupts."""

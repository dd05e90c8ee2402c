"""Forges for tests: real servers on loopback that keep what they are told and tell what was sent."""

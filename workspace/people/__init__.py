"""Contacts, companies, memberships and their attributes."""

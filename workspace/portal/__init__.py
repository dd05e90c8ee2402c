"""Tickets and articles as customers see them."""

"""The page on which each required setting is set."""

from __future__ import annotations

_PLACES = {
    "messenger_installed": "help-center#site",
    "help_center_live": "help-center#live",
    "custom_domain": "help-center#custom_domain",
    "https": "help-center#https",
    "cookie_forwarding": "help-center#cookies",
    "hmac_enforced": "messenger#identity",
    "jwt_enforced": "messenger#identity",
    "companies_protected": "data/contact/companies",
    "companies_in_use": "contacts",
    "plan": "help-center#site",
}


def place_of(check: str) -> str:
    """Return the page on which a required setting is set, beneath its Help Center."""
    return _PLACES.get(check, "general")

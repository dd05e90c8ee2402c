"""What a workspace's settings are before anybody touches them."""

from __future__ import annotations

from typing import Any

SPACES = ("home", "messages", "help", "news", "tasks", "tickets")


def section(kind: str) -> dict[str, Any]:
    """Return an enabled homepage section without settings."""
    return {"type": kind, "enabled": True, "settings": {}}


def workspace_settings() -> dict[str, dict[str, Any]]:
    """Return the settings that a workspace has once, by address."""
    spaces_on = {"home", "messages", "help", "tickets"}
    return {
        "identity": {"mode": "off"},
        "messenger_spaces": {space: space in spaces_on for space in SPACES},
        "site": {
            "messenger_installed": False,
            "certificate_valid": False,
            "cookie_forwarding_detectable": False,
            "plan": "expert",
        },
    }


def help_center_settings(identifier: str) -> dict[str, dict[str, Any]]:
    """Return the settings that every Help Center has, by address."""
    page = [section("search"), section("collections")]
    return {
        f"help_center/{identifier}": {
            "live": False,
            "custom_domain": None,
            "https": False,
            "cookie_forwarding": False,
        },
        f"audience/{identifier}": {"mode": "nobody", "rule": None},
        f"ticket_visibility/{identifier}": {"restricted": False, "conditions": None},
        f"portal/{identifier}": {"enabled": False},
        f"homepage/{identifier}": {"draft": page, "live": page, "draft_edited": None},
    }


def data_attributes() -> dict[str, dict[str, Any]]:
    """Return the data attributes that come with every workspace, by address."""
    return {
        "data_attribute/contact.companies": {
            "type": "relation",
            "options": None,
            "description": "The companies a person belongs to.",
            "messenger_writable": True,
        }
    }

"""`site`: facts about the customer's own site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.settings.kinds.base import SettingKind, Values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.database.store import Stored

FROM_PEOPLE = "companies_in_use"
"""The fact that stands in an answer beside the others, and follows from the people."""


def _shown(stored: Stored) -> Values:
    return dict(stored.document)


def _read(part: Mapping[str, Any]) -> Values:
    return {name: value for name, value in part.items() if name != FROM_PEOPLE}


KIND = SettingKind(
    name="site",
    scope="workspace",
    schema="SiteSettings",
    title="what is known of the site",
    defaults={
        "messenger_installed": False,
        "certificate_valid": False,
        "cookie_forwarding_detectable": False,
        "plan": "expert",
    },
    own_module=True,
    shown=_shown,
    read=_read,
    vendor_activity=False,
)

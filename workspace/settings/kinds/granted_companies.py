"""`granted_companies`: the switch of grants. The grants themselves are kept with the people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.settings.kinds.base import SettingKind, Values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.database.store import Stored

PEOPLE = "people"
"""The key of the part of an answer that is kept with the people."""


def _shown(stored: Stored) -> Values:
    return {"revision": stored.revision, **stored.document}


def _read(part: Mapping[str, Any]) -> Values:
    return {"enabled": part["enabled"]}


KIND = SettingKind(
    name="granted_companies",
    scope="workspace",
    schema="GrantedCompaniesSettings",
    title="granted companies",
    defaults={"enabled": True},
    own_module=True,
    shown=_shown,
    read=_read,
    vendor_activity=False,
)

"""`ticket_visibility/acme`: restriction of people to the tickets they created."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.settings.kinds.base import SettingKind, Values, check_rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


def _combine(connection: Connection, before: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
    if values.get("conditions") is not None:
        check_rule(connection, values["conditions"], "conditions")
    return {**before, **values}


KIND = SettingKind(
    name="ticket_visibility",
    scope="help_center",
    schema="TicketVisibilitySettings",
    title="the ticket visibility of {of}",
    defaults={"restricted": False, "conditions": None},
    combine=_combine,
)

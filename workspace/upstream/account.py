"""Whose workspace a vendor's is: its name there, and the timezone by which rules that speak of days go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from workspace.core import days
from workspace.database.tables import upstreams

if TYPE_CHECKING:
    from datetime import tzinfo

    from sqlalchemy import Connection


def vendor(connection: Connection) -> str | None:
    """Return the name of the vendor behind a workspace, or None."""
    text: str | None = connection.execute(select(upstreams.c.vendor)).scalar()
    return text


def zone(connection: Connection) -> tzinfo:
    """Return the timezone of the vendor's workspace."""
    name = connection.execute(select(upstreams.c.timezone)).scalar()
    return days.zone(name or "UTC")

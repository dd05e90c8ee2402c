"""Sizes of the parts of a rule, from which a plan finds dead parts and far too wide ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workspace.access.view import Audience, preview
from workspace.database.tables import tags

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from workspace.rules.model import Rule

_NAMED = 3
"""The size of a part's sample of people."""
MOST_TAGS = 1000
"""The most tags listed."""


def parts(connection: Connection, rules: Sequence[Rule], now: datetime) -> dict[str, Any]:
    """Count the people of each rule, with a sample, and list the existing tags."""
    previews = [preview(connection, Audience("rule", rule), now, 1, _NAMED) for rule in rules]
    names = list(connection.execute(select(tags.c.name).order_by(tags.c.name).limit(MOST_TAGS + 1)).scalars())
    return {
        "type": "parts",
        "people": preview(connection, Audience("everyone"), now, 1, 1).count,
        "parts": [
            {"count": counted.count, "sample": [who.email or who.id for who in counted.people]} for counted in previews
        ],
        "tags": names if len(names) <= MOST_TAGS else None,
    }

"""Erasing a person from what applies left behind.

Receipts keep the plan that was applied, with a few of the people whom it let in or shut out, as they were called then.
Whoever is deleted must not be named there any more. What a team wrote itself (rules, expectations) stays as it is: it
is their configuration, and an undo needs it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, or_, select, update

from workspace.database.tables import receipts

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

ERASED = "(erased)"
"""What stands in place of the name of a person who was deleted."""

_NAMING = ("access", "diagnostics")
"""The parts of a plan that name people whom nobody wrote into a file."""


def erase(connection: Connection, names: Collection[str | None]) -> None:
    """Erase a person from all receipts.

    Args:
        connection: Where the receipts are; the transaction in which the person is deleted.
        names: What the person may be called there: address, name, ids.
    """
    named = sorted({one for one in names if one}, key=len, reverse=True)
    table = receipts.c
    told = (table.plan, table.diagnostics)
    # JSON spells what is not ASCII in two ways, by database.
    spelled = {form for one in named for form in (json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1])}
    holds = [cast(column, Text).contains(one, autoescape=True) for column in told for one in sorted(spelled)]
    if not holds:
        return
    for row in connection.execute(select(table.number, *told).where(or_(*holds))).all():
        plan = {key: _without(part, named) if key in _NAMING else part for key, part in row.plan.items()}
        values = {"plan": plan, "diagnostics": _without(row.diagnostics, named)}
        connection.execute(update(receipts).where(table.number == row.number).values(values))


def _without(value: Any, names: Collection[str]) -> Any:
    """Return a part of a document without the names of a person: as a whole value, and as a word of a sentence."""
    match value:
        case str() if value in names:
            return ERASED
        case str():
            for name in names:
                # A short name, "Ada" say, may be a part of another word: only addresses are looked for in sentences.
                value = value.replace(name, ERASED) if "@" in name else value
            return value
        case dict():
            return {key: _without(inner, names) for key, inner in value.items()}
        case list():
            return [_without(one, names) for one in value]
    return value

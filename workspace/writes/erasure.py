"""Erasure of a deleted person from receipts (names in plans) and from the activity log (previews, reasons).

A team's own words (rules, expectations) stay, as an undo needs them; the chain of the log stays whole, see `chain`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, or_, select, update

from workspace.database.tables import activity, receipts

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

ERASED = "(erased)"
"""The text in place of a deleted person's name."""

_NAMING = ("access", "diagnostics")
"""The parts of a plan that name people outside of any file."""
_VIEWING = "viewing/"


def erase(connection: Connection, names: Collection[str | None]) -> None:
    """Erase a person from receipts and activity log, by address, name and ids, in the transaction that deletes them."""
    named = sorted({name for name in names if name}, key=len, reverse=True)
    _from_receipts(connection, named)
    _from_activity(connection, named)


def _from_receipts(connection: Connection, named: list[str]) -> None:
    table = receipts.c
    columns = (table.plan, table.diagnostics)
    # JSON spells what is not ASCII in two ways, by database.
    spelled = {form for text in named for form in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])}
    holds = [cast(column, Text).contains(text, autoescape=True) for column in columns for text in sorted(spelled)]
    if not holds:
        return
    for row in connection.execute(select(table.number, *columns).where(or_(*holds))).all():
        plan = {key: _without(part, named) if key in _NAMING else part for key, part in row.plan.items()}
        values = {"plan": plan, "diagnostics": _without(row.diagnostics, named)}
        connection.execute(update(receipts).where(table.number == row.number).values(values))


def _from_activity(connection: Connection, named: list[str]) -> None:
    table = activity.c
    viewed = [f"{_VIEWING}{text}" for text in named]
    addresses = [table.reason.contains(text, autoescape=True) for text in named if "@" in text]
    about = or_(table.resource.in_(viewed), *addresses)
    for row in connection.execute(select(activity).where(about)).all():
        values = {"reason": _without(row.reason, named), "salt": None}
        if row.resource in viewed:
            erased = {"description": f"Looked at the pages as {ERASED}", "changes": _without(row.changes, named)}
            values |= {"resource": f"{_VIEWING}{ERASED}", **erased}
        connection.execute(update(activity).where(table.id == row.id).values(values))


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
            return [_without(item, names) for item in value]
    return value

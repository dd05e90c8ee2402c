"""Attributes of a person or a company, for reading."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workspace.core.data_files import load_json
from workspace.core.texts import _
from workspace.database.tables import company_values, contact_values, data_attributes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Row

    from workspace.people.rows import Model

_VALUES = {"contact": contact_values, "company": company_values}


def facts(model: str, row: Row[Any]) -> list[tuple[str, str]]:
    """Return the built-in attributes of a `person` or `company` with a value, each with its title."""
    return list(_facts(model, row))


def custom_values(connection: Connection, model: Model, owner: str) -> list[tuple[str, str]]:
    """Return the custom attributes that have a value, by name."""
    table, known = _VALUES[model], data_attributes.c
    statement = (
        select(table, known.type)
        .join(data_attributes, (known.name == table.c.name) & (known.model == model))
        .where(table.c.owner_id == owner)
        .order_by(table.c.name)
    )
    return [(row.name, _custom(row)) for row in connection.execute(statement)]


def _facts(model: str, row: Row[Any]) -> Iterator[tuple[str, str]]:
    for entry in load_json("attributes.json")[model].values():
        name = entry["wire"].removeprefix("company.")
        value = row._mapping.get(name)
        if value is not None:
            yield entry["title"], _day(value) if entry["type"] == "date" else _text(value)


def _custom(row: Row[Any]) -> str:
    if row.moment is not None:
        return _day(row.moment)
    return _text(next(item for item in (row.text, row.number, row.boolean, "") if item is not None))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{value:g}" if isinstance(value, float) else str(value)


def _day(seconds: int) -> str:
    fromtimestamp = datetime.fromtimestamp(seconds, UTC)
    return f"{fromtimestamp.day} {fromtimestamp:%b %Y}"

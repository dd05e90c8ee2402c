"""Custom attributes of people and companies as the public API shows and takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from workspace.core.errors import invalid_parameter
from workspace.database.tables import company_values, contact_values, data_attributes
from workspace.people.custom_values import set_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

    from workspace.people.rows import Model

VALUES = {"contact": contact_values, "company": company_values}
# Written once: to write one anew takes longer than a database needs for it.
_TYPES = {
    model: select(data_attributes.c.name, data_attributes.c.type).where(
        data_attributes.c.custom, data_attributes.c.model == model
    )
    for model in VALUES
}
_OF_OWNERS = {
    model: select(table).where(table.c.owner_id.in_(bindparam("ids", expanding=True))).order_by(table.c.name)
    for model, table in VALUES.items()
}


def types(connection: Connection, model: Model) -> dict[str, str]:
    """Return the types of a model's custom attributes, by name."""
    return {row.name: row.type for row in connection.execute(_TYPES[model])}


def of_all(connection: Connection, model: Model, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the values of these people or companies, by their id; a moment is seconds since 1970."""
    known = types(connection, model)
    by_owner: dict[str, dict[str, Any]] = {text: {} for text in ids}
    for row in connection.execute(_OF_OWNERS[model], {"ids": ids}):
        if row.name in known:
            by_owner[row.owner_id][row.name] = _value(row, known[row.name])
    return by_owner


def _value(row: Row[Any], kind: str) -> Any:
    if kind in {"integer", "float"}:
        return int(row.number) if row.number.is_integer() else row.number
    return {"string": row.text, "boolean": row.boolean}.get(kind, row.moment)


def write(connection: Connection, model: Model, owner: str, values: Mapping[str, Any]) -> None:
    """Set the named values; null removes one. ApiError 400 for an unknown attribute, InvalidValue for its value."""
    known = types(connection, model)
    for name in values:
        if name not in known:
            raise invalid_parameter(f"Custom attribute '{name}' does not exist", f"custom_attributes.{name}")
    set_values(connection, model, owner, values)

"""Values of custom attributes, each in the column of its type and in every form that rules search."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

from sqlalchemy import delete, select

from workspace.core.folding import folded, words
from workspace.database.tables import company_values, contact_values, data_attributes
from workspace.people.rows import MOMENTS, InvalidValue, Model, checked_text, finite, insert_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Table

CustomValue = str | int | float | bool

_LARGEST_WHOLE = 2**53
_REPEATED = 1024


def add_values(connection: Connection, model: Model, values: Iterable[tuple[str, str, CustomValue]]) -> None:
    """Insert custom values (owner's id, attribute, value; moments in seconds); InvalidValue if unknown or unfit."""
    # Many people share a few values: each is checked and folded once. True is another value than 1.
    columns = lru_cache(maxsize=_REPEATED, typed=True)(partial(_columns, _custom_attributes(connection, model)))
    rows = ({"owner_id": owner, **columns(name, value)} for owner, name, value in values)
    insert_all(connection, _values_of(model), rows)


def set_values(connection: Connection, model: Model, owner_id: str, values: Mapping[str, CustomValue | None]) -> None:
    """Set custom attributes of one person or company; None removes the value, errors as in `add_values`."""
    table = _values_of(model)
    known = _custom_attributes(connection, model)
    rows = [
        {"owner_id": owner_id, **_columns(known, name, value)} for name, value in values.items() if value is not None
    ]
    connection.execute(delete(table).where(table.c.owner_id == owner_id, table.c.name.in_(list(values))))
    insert_all(connection, table, rows)


def _values_of(model: Model) -> Table:
    return contact_values if model == "contact" else company_values


class Attribute(NamedTuple):
    """A custom attribute: its type (`decimal` of tickets is `float` here), and its options if limited."""

    type: str
    options: Sequence[str] | None = None


def column_values(attribute: Attribute, name: str, value: CustomValue) -> dict[str, Any]:
    """Return the columns of a value, moments in seconds since 1970; InvalidValue if the attribute cannot hold it."""
    kind, options = attribute
    if kind == "string" and isinstance(value, str):
        if options and value not in options:
            raise InvalidValue(f"{name} is one of {', '.join(options)}, not {value!r}")
        return {"text": checked_text(name, value), "text_folded": folded(value), "text_words": words(value)}
    if kind == "boolean" and isinstance(value, bool):
        return {"boolean": value}
    if kind in {"date", "datetime"} and _is_whole(value) and value in MOMENTS:
        return {"moment": value}
    if (kind == "integer" and _is_whole(value)) or (kind in {"float", "decimal"} and _is_number(value)):
        return {"number": finite(name, value)}
    raise InvalidValue(f"{name} is of type {kind} and cannot hold {value!r}")


def _custom_attributes(connection: Connection, model: Model) -> dict[str, Attribute]:
    table = data_attributes.c
    statement = select(table.name, table.type, table.options).where(table.custom, table.model == model)
    return {row.name: Attribute(row.type, row.options) for row in connection.execute(statement)}


def _columns(known: Mapping[str, Attribute], name: str, value: CustomValue) -> dict[str, Any]:
    if name not in known:
        raise InvalidValue(f"there is no custom attribute {name}")
    return {"name": name, **_EMPTY, **column_values(known[name], name, value)}


_EMPTY = dict.fromkeys(("text", "text_folded", "text_words", "number", "boolean", "moment"))


def _is_number(value: CustomValue) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: CustomValue) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_WHOLE

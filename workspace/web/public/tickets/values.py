"""Values of tickets in the attributes of their type, each in the column of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.core.folding import folded
from workspace.database.tables import ticket_type_attributes, ticket_values
from workspace.web.public.http import fields
from workspace.web.public.tickets.type_documents import DESCRIPTION, TITLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

MAX_TEXT = 100_000
"""The longest text of a ticket: title, description, a reply, or a value."""

OWN = {TITLE: "title", DESCRIPTION: "description"}
"""The attributes that every ticket has, and the columns they are kept in."""

COLUMNS = {
    "string": "text",
    "list": "text",
    "integer": "number",
    "decimal": "number",
    "boolean": "boolean",
    "datetime": "moment",
}
"""The column of each data type."""

_EMPTY = dict.fromkeys(("text", "text_folded", "number", "boolean", "moment"))
_CHECKS = {
    "string": fields.text,
    "integer": fields.whole,
    "decimal": fields.number,
    "boolean": fields.boolean,
    "datetime": fields.moment,
}


def of_all(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the values of these tickets, by ticket and name of the attribute."""
    statement = (
        select(ticket_values, ticket_type_attributes.c.name, ticket_type_attributes.c.data_type)
        .join(ticket_type_attributes, ticket_type_attributes.c.id == ticket_values.c.attribute_id)
        .where(ticket_values.c.ticket_id.in_(ids))
        .order_by(ticket_type_attributes.c.position)
    )
    by_ticket: dict[str, dict[str, Any]] = {}
    for row in connection.execute(statement):
        value = row._mapping[COLUMNS[row.data_type]]
        by_ticket.setdefault(row.ticket_id, {})[row.name] = int(value) if row.data_type == "integer" else value
    return by_ticket


def own_columns(values: Mapping[str, Any]) -> dict[str, str]:
    """Return title and description of a request's values, by column, with their folded copies; ApiError 400."""
    for name in OWN:
        fields.nullable(_text)(_place(name), values.get(name))
    own = {column: values[name] or "" for name, column in OWN.items() if name in values}
    return own | {f"{column}_folded": folded(value) for column, value in own.items()}


def write(connection: Connection, ticket: str, attributes: Sequence[Row[Any]], values: Mapping[str, Any]) -> None:
    """Set a request's values, by attribute name, except title and description; null removes one. ApiError 400."""
    known = {row.name: row for row in attributes if not row.archived}
    named = {name: value for name, value in values.items() if name not in OWN}
    for name in named:
        if name not in known:
            raise invalid_parameter(f"the ticket type has no attribute {name!r}", _place(name))
    rows = [_row(ticket, known[name], value) for name, value in named.items() if value is not None]
    replaced = [known[name].id for name in named]
    here = ticket_values.c.ticket_id == ticket, ticket_values.c.attribute_id.in_(replaced)
    connection.execute(delete(ticket_values).where(*here))
    if rows:
        connection.execute(insert(ticket_values), rows)


def check_complete(attributes: Sequence[Row[Any]], values: Mapping[str, Any]) -> None:
    """Refuse a new ticket without an attribute that its type requires, with ApiError 400."""
    for row in attributes:
        if row.required_to_create and not row.archived and values.get(row.name) is None:
            raise ApiError(400, Problem("parameter_invalid", "Missing required ticket attributes", _place(row.name)))


def _row(ticket: str, attribute: Row[Any], value: Any) -> dict[str, Any]:
    place = _place(attribute.name)
    row = {"ticket_id": ticket, "attribute_id": attribute.id, **_EMPTY}
    if attribute.data_type == "list":
        if value not in [item["id"] for item in attribute.list_items]:
            raise invalid_parameter("must be the id of one of the list's items", place)
    else:
        _CHECKS[attribute.data_type](place, value)
    row[COLUMNS[attribute.data_type]] = value
    if isinstance(value, str):
        _text(place, value)
        row["text_folded"] = folded(value)
    return row


def _text(place: str, value: object) -> None:
    fields.text(place, value)
    if len(str(value)) > MAX_TEXT:
        raise invalid_parameter(f"holds at most {MAX_TEXT} characters", place)


def _place(name: str) -> str:
    return f"ticket_attributes.{name}"

"""POST /tickets/search."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import case, false, select, true

from workspace.database.tables import (
    texts,
    ticket_states,
    ticket_type_attributes,
    ticket_types,
    ticket_values,
    tickets,
)
from workspace.web.public.contacts.lists import PAGINATION, anything
from workspace.web.public.http import base, fields, paging
from workspace.web.public.http.query import Column, Field, column, condition, never
from workspace.web.public.http.values import field_of
from workspace.web.public.tickets.documents import documents
from workspace.web.public.tickets.values import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response
    from sqlalchemy import ColumnElement, Connection

    from workspace.web.public.http.query import Test, Where

blueprint = Blueprint("rest_ticket_search", __name__)

PER_PAGE = 20
LISTED = select(tickets.c.id)
"""The ids of tickets."""
_ATTRIBUTE = "ticket_attribute."
_SEARCH = {"query": anything, "pagination": fields.nullable(PAGINATION)}
_KINDS = {
    "string": "string",
    "list": "string",
    "integer": "number",
    "decimal": "number",
    "boolean": "boolean",
    "datetime": "moment",
}


@blueprint.post("/tickets/search")
@base.only_reads
def search() -> Response:
    """Answer a page of the tickets that a query finds, the newest first."""
    query = fields.body(_SEARCH, required=["query"])
    page = paging.from_body(query.get("pagination") or {}, PER_PAGE)
    order = paging.by_moment("created_at", tickets.c.created_at, tickets.c.id)
    with base.reading() as connection:
        where = condition(query["query"], finder(connection))
        rows = paging.fetch(connection, LISTED, order, page, where)
        answer: dict[str, Any] = {
            "type": "ticket.list",
            "tickets": documents(connection, rows.ids),
            "total_count": rows.total,
            "pages": paging.cursor_pages(rows),
        }
    return base.answer(answer)


def finder(connection: Connection) -> Callable[[str], Field | None]:
    """Return a lookup of fields by name, with the present attributes of types."""
    table = ticket_type_attributes.c
    kinds = {row.id: row.data_type for row in connection.execute(select(table.id, table.data_type))}

    def find(name: str) -> Field | None:
        if name.startswith(_ATTRIBUTE) and name.removeprefix(_ATTRIBUTE) in kinds:
            return _attribute(name.removeprefix(_ATTRIBUTE), kinds[name.removeprefix(_ATTRIBUTE)])
        if name in _SHARED:
            return _shared(connection, *_SHARED[name])
        known = _FIELDS.get(name)
        if known is None or name not in _SEARCHED:
            return known
        return replace(
            known,
            holders=lambda text, operator: texts.holders(connection, f"{name}_folded", text, whole=operator == "="),
        )

    return find


def _shared(connection: Connection, kind: str, row: ColumnElement[str], value: ColumnElement[Any]) -> Field:
    # What all tickets of a type or in a state have. Those are few, and a database that is told which goes by them.
    here = column(kind, value)
    (key,) = row.foreign_keys

    def has(test: Test) -> Where:
        return row.in_(connection.scalars(select(key.column).where(here.has(test))).all())

    return Field(kind, has)


def _attribute(attribute: str, data_type: str) -> Field:
    here = Column(ticket_values.c[COLUMNS[data_type]], ticket_values.c.text_folded)
    its = ticket_values.c.attribute_id == attribute
    return field_of(_KINDS[data_type], tickets.c.id, ticket_values.c.ticket_id, here, its)


# A search calls the categories of tickets by other words than their answers do.
_CATEGORY = case(
    (ticket_types.c.category == "customer", "request"),
    (ticket_types.c.category == "back-office", "task"),
    else_="tracker",
)
_OPEN = case((ticket_states.c.category == "resolved", false()), else_=true())
_SHARED: dict[str, tuple[str, ColumnElement[str], ColumnElement[Any]]] = {
    "category": ("string", tickets.c.type_id, _CATEGORY),
    "open": ("boolean", tickets.c.state_id, _OPEN),
    "state": ("string", tickets.c.state_id, ticket_states.c.category),
}
_SEARCHED = frozenset({"title", "description"})
"""Fields whose texts an index knows."""
_FIELDS = {
    "id": column("string", tickets.c.id),
    "created_at": column("moment", tickets.c.created_at),
    "updated_at": column("moment", tickets.c.updated_at),
    "title": column("string", tickets.c.title, tickets.c.title_folded),
    "description": column("string", tickets.c.description, tickets.c.description_folded),
    "ticket_type_id": column("string", tickets.c.type_id),
    "contact_ids": column("string", tickets.c.contact_id),
    "teammate_ids": never("string"),
    "admin_assignee_id": never("string"),
    "team_assignee_id": never("string"),
    "snoozed_until": never("moment"),
}

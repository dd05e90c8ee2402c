"""/ticket_types and /ticket_states: types, their attributes, and states of tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import func, insert, select, update

from workspace.core.errors import ApiError, Problem, invalid_parameter, not_found
from workspace.database.tables import ticket_type_attributes, ticket_types, tickets
from workspace.people.rows import checked_text
from workspace.web.public.http import base, fields, versions
from workspace.web.public.tickets.type_documents import (
    CATEGORIES,
    DESCRIPTION,
    TITLE,
    attribute_document,
    load,
    state_document,
)

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection

blueprint = Blueprint("rest_ticket_types", __name__)

_TYPES = ("string", "list", "integer", "decimal", "boolean", "datetime")
_MAX_ITEMS = 250
_FLAGS = ("required_to_create", "required_to_create_for_contacts", "multiline")
_VISIBLE = ("visible_on_create", "visible_to_contacts")
_SHARED = {
    "name": fields.identifier,
    "description": fields.text,
    **dict.fromkeys((*_FLAGS, *_VISIBLE), fields.boolean),
    "list_items": fields.text,
}
_KEPT_AS = {shown: kept for kept, shown in CATEGORIES.items()}
_TYPE = {"name": fields.identifier, "category": fields.one_of(*CATEGORIES.values())}
_NEW = {**_SHARED, "data_type": fields.one_of(*_TYPES)}
_CHANGEABLE = {**_SHARED, "archived": fields.boolean}


@blueprint.get("/ticket_types")
def listed() -> Response:
    """Answer all ticket types by name."""
    with base.reading() as connection:
        types = load(connection)
    return base.answer({"type": "list", "data": [types.document(type_) for type_ in types.types]})


@blueprint.get("/ticket_types/<ticket_type_id>")
def get(ticket_type_id: str) -> Response:
    """Answer a ticket type."""
    with base.reading() as connection:
        types = load(connection)
    if ticket_type_id not in types.types:
        raise not_found()
    return base.answer(types.document(ticket_type_id))


@blueprint.post("/ticket_types")
def create() -> Response:
    """Add a ticket type."""
    query = fields.body(_TYPE, required=["name"])
    row = {"id": base.new_id(), "name": query["name"], "category": _KEPT_AS[query.get("category", "Customer")]}
    with base.changing() as connection:
        _check_type_name(connection, row["name"], itself="")
        connection.execute(insert(ticket_types).values(**row))
        return base.answer(load(connection).document(row["id"]))


@blueprint.put("/ticket_types/<ticket_type_id>")
def change(ticket_type_id: str) -> Response:
    """Change a ticket type. Its category decides who sees its tickets, so it stays once there are any."""
    query = fields.body(_TYPE)
    with base.changing() as connection:
        types = load(connection)
        if ticket_type_id not in types.types:
            raise not_found()
        before = types.types[ticket_type_id]
        category = _KEPT_AS[query["category"]] if "category" in query else before.category
        if category != before.category and _has_tickets(connection, ticket_type_id):
            message = "the category decides who sees tickets, and there are tickets of this type"
            raise ApiError(422, Problem("data_invalid", message, "category"))
        name = query.get("name", before.name)
        _check_type_name(connection, name, itself=ticket_type_id)
        here = ticket_types.c.id == ticket_type_id
        connection.execute(update(ticket_types).where(here).values(name=name, category=category))
        return base.answer(load(connection).document(ticket_type_id))


@blueprint.get("/ticket_states")
def states() -> Response:
    """Answer all ticket states; every ticket type has all of them."""
    if not versions.states_are_objects():
        raise not_found()
    with base.reading() as connection:
        types = load(connection)
    every = {"type": "list", "data": [types.brief(type_) for type_ in types.types]}
    results = [{**state_document(row), "archived": False, "ticket_types": every} for row in types.states.values()]
    return base.answer({"type": "list", "data": results})


@blueprint.post("/ticket_types/<ticket_type_id>/attributes")
def create_attribute(ticket_type_id: str) -> Response:
    """Add an attribute to a ticket type."""
    query = fields.body(_NEW, required=["name", "description", "data_type"])
    now = base.now()
    row = {
        **dict.fromkeys(_FLAGS, False),
        **dict.fromkeys(_VISIBLE, True),
        **query,
        "id": base.new_id(),
        "type_id": ticket_type_id,
        "list_items": _items(query["data_type"], query.get("list_items"), ()),
        "archived": False,
        "created_at": now,
        "updated_at": now,
    }
    with base.changing() as connection:
        if ticket_type_id not in load(connection).types:
            raise not_found()
        _check_name(connection, ticket_type_id, query["name"], itself="")
        highest = select(func.max(ticket_type_attributes.c.position))
        last = connection.execute(highest.where(ticket_type_attributes.c.type_id == ticket_type_id)).scalar()
        # The two that every type has come first.
        row["position"] = 2 if last is None else last + 1
        connection.execute(insert(ticket_type_attributes).values(**row))
        answer = _document(connection, row["id"])
    return base.answer(answer)


@blueprint.put("/ticket_types/<ticket_type_id>/attributes/<attribute_id>")
def update_attribute(ticket_type_id: str, attribute_id: str) -> Response:
    """Change an attribute of a ticket type; its data type stays."""
    query = fields.body(_CHANGEABLE)
    with base.changing() as connection:
        here = ticket_type_attributes.c.id == attribute_id, ticket_type_attributes.c.type_id == ticket_type_id
        row = connection.execute(select(ticket_type_attributes).where(*here)).first()
        if row is None:
            raise not_found()
        if "name" in query:
            _check_name(connection, ticket_type_id, query["name"], itself=attribute_id)
        if "list_items" in query:
            query["list_items"] = _items(row.data_type, query["list_items"], row.list_items or ())
        connection.execute(update(ticket_type_attributes).where(*here).values(**query, updated_at=base.now()))
        answer = _document(connection, attribute_id)
    return base.answer(answer)


def _has_tickets(connection: Connection, type_id: str) -> bool:
    return connection.execute(select(tickets.c.id).where(tickets.c.type_id == type_id).limit(1)).first() is not None


def _check_type_name(connection: Connection, name: str, *, itself: str) -> None:
    checked_text("name", name)
    taken = select(ticket_types.c.id).where(ticket_types.c.name == name, ticket_types.c.id != itself)
    if connection.execute(taken).first() is not None:
        raise invalid_parameter(f"there is a ticket type {name!r} already", "name")


def _document(connection: Connection, attribute_id: str) -> dict[str, Any]:
    where = select(ticket_type_attributes).where(ticket_type_attributes.c.id == attribute_id)
    return attribute_document(connection.execute(where).one(), base.workspace_of(connection).id)


def _check_name(connection: Connection, type_id: str, name: str, *, itself: str) -> None:
    checked_text("name", name)
    table = ticket_type_attributes.c
    taken = select(table.id).where(table.type_id == type_id, table.name == name, table.id != itself)
    if name in {TITLE, DESCRIPTION} or connection.execute(taken).first() is not None:
        raise invalid_parameter(f"the ticket type has an attribute {name!r} already", "name")


def _items(data_type: str, text: str | None, before: Any) -> list[dict[str, str]] | None:
    """Parse a list with commas between its items; a kept item keeps its id."""
    if data_type != "list":
        if text is not None:
            raise invalid_parameter("only attributes of data_type list have list_items", "list_items")
        return None
    names = [name.strip() for name in (text or "").split(",")]
    if not all(names) or len(set(names)) != len(names) or len(names) > _MAX_ITEMS:
        message = f"list_items are 1 to {_MAX_ITEMS} different names with commas between them"
        raise ApiError(400, Problem("parameter_invalid", message, "list_items"))
    known = {value["name"]: value["id"] for value in before}
    return [{"id": known.get(name) or base.new_id(), "name": name} for name in names]

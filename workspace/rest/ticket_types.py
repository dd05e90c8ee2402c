"""/ticket_types and /ticket_states: what tickets can be, and what each says beside title and description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import func, insert, select, update

from workspace.errors import ApiError, Problem, invalid_parameter, not_found
from workspace.people import checked_text
from workspace.rest import base, fields
from workspace.rest.ticket_type_documents import DESCRIPTION, TITLE, attribute_document, load, state_document
from workspace.tables import ticket_type_attributes

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
_NEW = {**_SHARED, "data_type": fields.one_of(*_TYPES)}
_CHANGEABLE = {**_SHARED, "archived": fields.boolean}


@blueprint.get("/ticket_types")
def listed() -> Response:
    """Answer all ticket types by name."""
    with base.reading() as connection:
        types = load(connection)
    return base.answer({"type": "list", "data": [types.document(one) for one in types.types]})


@blueprint.get("/ticket_types/<ticket_type_id>")
def get(ticket_type_id: str) -> Response:
    """Answer a ticket type."""
    with base.reading() as connection:
        types = load(connection)
    if ticket_type_id not in types.types:
        raise not_found()
    return base.answer(types.document(ticket_type_id))


@blueprint.get("/ticket_states")
def states() -> Response:
    """Answer all ticket states; every ticket type has all of them."""
    with base.reading() as connection:
        types = load(connection)
    every = {"type": "list", "data": [types.brief(one) for one in types.types]}
    found = [{**state_document(row), "archived": False, "ticket_types": every} for row in types.states.values()]
    return base.answer({"type": "list", "data": found})


@blueprint.post("/ticket_types/<ticket_type_id>/attributes")
def create_attribute(ticket_type_id: str) -> Response:
    """Add an attribute to a ticket type."""
    asked = fields.body(_NEW, required=["name", "description", "data_type"])
    now = base.now()
    row = {
        **dict.fromkeys(_FLAGS, False),
        **dict.fromkeys(_VISIBLE, True),
        **asked,
        "id": base.new_id(),
        "type_id": ticket_type_id,
        "list_items": _items(asked["data_type"], asked.get("list_items"), ()),
        "archived": False,
        "created_at": now,
        "updated_at": now,
    }
    with base.changing() as connection:
        if ticket_type_id not in load(connection).types:
            raise not_found()
        _check_name(connection, ticket_type_id, asked["name"], itself="")
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
    asked = fields.body(_CHANGEABLE)
    with base.changing() as connection:
        here = ticket_type_attributes.c.id == attribute_id, ticket_type_attributes.c.type_id == ticket_type_id
        row = connection.execute(select(ticket_type_attributes).where(*here)).first()
        if row is None:
            raise not_found()
        if "name" in asked:
            _check_name(connection, ticket_type_id, asked["name"], itself=attribute_id)
        if "list_items" in asked:
            asked["list_items"] = _items(row.data_type, asked["list_items"], row.list_items or ())
        connection.execute(update(ticket_type_attributes).where(*here).values(**asked, updated_at=base.now()))
        answer = _document(connection, attribute_id)
    return base.answer(answer)


def _document(connection: Connection, attribute_id: str) -> dict[str, Any]:
    found = select(ticket_type_attributes).where(ticket_type_attributes.c.id == attribute_id)
    return attribute_document(connection.execute(found).one(), base.workspace_of(connection).id)


def _check_name(connection: Connection, type_id: str, name: str, *, itself: str) -> None:
    checked_text("name", name)
    table = ticket_type_attributes.c
    taken = select(table.id).where(table.type_id == type_id, table.name == name, table.id != itself)
    if name in {TITLE, DESCRIPTION} or connection.execute(taken).first() is not None:
        raise invalid_parameter(f"the ticket type has an attribute {name!r} already", "name")


def _items(data_type: str, text: str | None, before: Any) -> list[dict[str, str]] | None:
    """Return the items of a list, which are written with commas between them; one that stays keeps its id."""
    if data_type != "list":
        if text is not None:
            raise invalid_parameter("only attributes of data_type list have list_items", "list_items")
        return None
    names = [name.strip() for name in (text or "").split(",")]
    if not all(names) or len(set(names)) != len(names) or len(names) > _MAX_ITEMS:
        message = f"list_items are 1 to {_MAX_ITEMS} different names with commas between them"
        raise ApiError(400, Problem("parameter_invalid", message, "list_items"))
    known = {one["name"]: one["id"] for one in before}
    return [{"id": known.get(name) or base.new_id(), "name": name} for name in names]

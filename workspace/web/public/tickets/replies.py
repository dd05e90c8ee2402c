"""POST /tickets/ID/reply: replies of customers and teammates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import insert, select, update

from workspace.core.errors import ApiError, Problem, invalid_parameter, not_found
from workspace.database.tables import ticket_replies, ticket_states, ticket_types, tickets
from workspace.portal.states import state_of
from workspace.web.public import admins
from workspace.web.public.http import base, fields
from workspace.web.public.tickets.documents import part_document
from workspace.web.public.tickets.resource import find_contact, ticket_or_404
from workspace.web.public.tickets.values import MAX_TEXT

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection, Row

blueprint = Blueprint("rest_ticket_replies", __name__)

_PERSON = {"intercom_user_id": "id", "user_id": "external_id", "email": "email"}
_FIELDS = {
    "type": fields.one_of("admin", "user"),
    "message_type": fields.one_of("comment", "note"),
    "body": fields.text,
    "admin_id": fields.identifier,
    **dict.fromkeys(_PERSON, fields.identifier),
    "created_at": fields.moment,
    "skip_notifications": fields.boolean,
}


@dataclass(frozen=True, slots=True)
class _Author:
    id: str
    kind: str
    name: str
    email: str | None


@blueprint.post("/tickets/<ticket_id>/reply")
def reply(ticket_id: str) -> Response:
    """Add a reply of a customer or a teammate, or a teammate's note, which no customer sees."""
    query = fields.body(_FIELDS, required=["type", "message_type", "body"])
    if not 0 < len(query["body"]) <= MAX_TEXT:
        raise invalid_parameter(f"holds 1 to {MAX_TEXT} characters", "body")
    with base.changing() as connection:
        ticket = ticket_or_404(connection, ticket_id)
        author = (_admin if query["type"] == "admin" else _customer)(connection, query, ticket)
        created = query.get("created_at", base.now())
        row = {
            "id": base.new_id(),
            "ticket_id": ticket_id,
            "author_type": author.kind,
            "author_name": author.name,
            "author_id": author.id,
            "part_type": query["message_type"],
            "body": query["body"],
            "created_at": created,
        }
        connection.execute(insert(ticket_replies).values(**row))
        _touch(connection, ticket, created, answered=query["type"] == "user")
        stored = connection.execute(select(ticket_replies).where(ticket_replies.c.id == row["id"])).one()
    return base.answer(part_document(stored, author.email))


def _admin(connection: Connection, query: dict[str, Any], _ticket: Row[Any]) -> _Author:
    if "admin_id" not in query or set(_PERSON) & query.keys():
        raise invalid_parameter("a reply of type admin names its author in admin_id, and nobody else", "admin_id")
    row = admins.find(connection, query["admin_id"])
    if row is None:
        raise ApiError(404, Problem("admin_not_found", "Admin not found"))
    return _Author(row.id, "admin", row.name, row.email)


def _customer(connection: Connection, query: dict[str, Any], ticket: Row[Any]) -> _Author:
    if query["message_type"] != "comment" or "admin_id" in query:
        raise invalid_parameter("a reply of type user is a comment and has no admin_id", "message_type")
    category = select(ticket_types.c.category).where(ticket_types.c.id == ticket.type_id)
    if connection.execute(category).scalar_one() != "customer":
        message = "User replies are not allowed on Backoffice tickets"
        raise ApiError(400, Problem("parameter_mismatch", message))
    named = {column: query[field] for field, column in _PERSON.items() if field in query}
    text = find_contact(connection, named)
    if text is None:
        raise not_found("User Not Found")
    row = base.contact_or_404(connection, text)
    return _Author(row.id, row.role, row.name or row.email or row.external_id or "", row.email)


def _touch(connection: Connection, ticket: Row[Any], moment: int, *, answered: bool) -> None:
    """Mark the ticket as changed; a customer's answer ends its wait for the customer."""
    changes: dict[str, Any] = {"updated_at": max(ticket.updated_at, moment)}
    if answered:
        category = select(ticket_states.c.category).where(ticket_states.c.id == ticket.state_id)
        going_on = state_of(connection, "in_progress")
        if connection.execute(category).scalar_one() == "waiting_on_customer" and going_on is not None:
            changes["state_id"] = going_on
    connection.execute(update(tickets).where(tickets.c.id == ticket.id).values(**changes))

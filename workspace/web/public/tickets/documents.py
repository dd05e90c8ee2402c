"""Tickets as the public API shows them, many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workspace.database.tables import admins, contacts, ticket_replies, tickets
from workspace.web.public.admins import public_id
from workspace.web.public.http import versions
from workspace.web.public.tickets import values as ticket_values
from workspace.web.public.tickets.type_documents import CATEGORIES, DESCRIPTION, TITLE, Types, load, state_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def documents(connection: Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the tickets of the given ids, in that order."""
    statement = select(tickets, contacts.c.external_id.label("contact_external_id"))
    joined = statement.join(contacts, contacts.c.id == tickets.c.contact_id)
    rows = {row.id: row for row in connection.execute(joined.where(tickets.c.id.in_(ids)))}
    values = ticket_values.of_all(connection, ids)
    parts = _parts(connection, ids)
    types = load(connection)
    return [_document(rows[text], types, values.get(text, {}), parts.get(text, [])) for text in ids if text in rows]


def document(connection: Connection, ticket: str) -> dict[str, Any]:
    """Return one existing ticket."""
    return documents(connection, [ticket])[0]


def is_shared(category: str, shared: object) -> bool:
    """Return True for a ticket that its customer sees: customers' ones always, those of the back office if shared."""
    return category == "customer" or (category == "back-office" and bool(shared))


def _state(state: Row[Any]) -> dict[str, Any]:
    if versions.states_are_objects():
        return {"ticket_state": state_document(state)}
    return {
        "ticket_state": state.category,
        "ticket_state_internal_label": state.internal_label,
        "ticket_state_external_label": state.external_label,
    }


def _document(row: Row[Any], types: Types, values: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    category = types.types[row.type_id].category
    state = types.states[row.state_id]
    return {
        "type": "ticket",
        "id": row.id,
        "ticket_id": str(row.number),
        "category": CATEGORIES[category],
        "ticket_attributes": {TITLE: row.title, DESCRIPTION: row.description, **values},
        **_state(state),
        "ticket_type": types.brief(row.type_id),
        "contacts": {
            "type": "contact.list",
            "contacts": [{"type": "contact", "id": row.contact_id, "external_id": row.contact_external_id}],
        },
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "open": state.category != "resolved",
        "is_shared": is_shared(category, row.is_shared),
        "linked_objects": {"type": "list", "total_count": 0, "has_more": False, "data": []},
        "ticket_parts": {"type": "ticket_part.list", "ticket_parts": parts, "total_count": len(parts)},
    }


def _parts(connection: Connection, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    statement = (
        select(
            ticket_replies,
            contacts.c.email.label("contact_email"),
            admins.c.email.label("admin_email"),
        )
        .outerjoin(contacts, contacts.c.id == ticket_replies.c.author_id)
        .outerjoin(admins, admins.c.id == ticket_replies.c.author_id)
        .where(ticket_replies.c.ticket_id.in_(ids))
        .order_by(ticket_replies.c.created_at, ticket_replies.c.id)
    )
    parts: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(statement):
        email = row.admin_email if row.author_type == "admin" else row.contact_email
        parts.setdefault(row.ticket_id, []).append(part_document(row, email))
    return parts


def part_document(row: Row[Any], email: str | None) -> dict[str, Any]:
    """Return a reply or a note as it stands in an answer."""
    # Of teammates of a seed only the name is known.
    of_admin = row.author_type == "admin" and row.author_id is not None
    author_id = public_id(row.author_id) if of_admin else row.author_id
    author = {"id": author_id, "name": row.author_name, "email": email}
    return {
        "type": "ticket_part",
        "id": row.id,
        "part_type": row.part_type,
        "body": row.body,
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "author": {
            "type": "admin" if row.author_type == "admin" else "user",
            **{name: value for name, value in author.items() if value is not None},
        },
        "attachments": [],
        "redacted": False,
    }

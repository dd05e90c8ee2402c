"""A customer's reply to a ticket, and its effect on the ticket's state."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from workspace.database.tables import ticket_replies, tickets
from workspace.portal.states import state_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workspace.identity.sessions import Visitor
    from workspace.portal.tickets import Ticket

MAX_LENGTH = 10_000


def add(connection: Connection, ticket: Ticket, author: Visitor, body: str, now: int) -> None:
    """Add a reply of 1 to `MAX_LENGTH` characters. A ticket that waited for the customer is in progress again."""
    row = {
        "id": secrets.token_hex(12),
        "ticket_id": ticket.id,
        "author_type": "user",
        "author_name": author.name,
        "author_id": author.id,
        "part_type": "comment",
        "body": body,
        "created_at": now,
    }
    connection.execute(insert(ticket_replies).values(row))
    values: dict[str, object] = {"updated_at": now}
    if ticket.state_category == "waiting_on_customer":
        going_on = state_of(connection, "in_progress")
        values |= {"state_id": going_on} if going_on else {}
    connection.execute(update(tickets).where(tickets.c.id == ticket.id).values(values))

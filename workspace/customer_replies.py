"""A customer's reply to a ticket, and what it does to the ticket's state."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import case, insert, select, update

from workspace.tables import ticket_replies, ticket_states, tickets

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workspace.portal_tickets import Ticket

MAX_LENGTH = 10_000


def add(connection: Connection, ticket: Ticket, author: str, body: str, now: int) -> None:
    """Add a reply. A ticket that waited for the customer is in progress again.

    Args:
        connection: A transaction that writes.
        ticket: A ticket that takes replies.
        author: The customer's name.
        body: What they say, 1 to `MAX_LENGTH` characters.
        now: The current moment, in seconds since 1970.
    """
    row = {
        "id": secrets.token_hex(12),
        "ticket_id": ticket.id,
        "author_type": "user",
        "author_name": author,
        "part_type": "comment",
        "body": body,
        "created_at": now,
    }
    connection.execute(insert(ticket_replies).values(row))
    values: dict[str, object] = {"updated_at": now}
    if ticket.state_category == "waiting_on_customer":
        state = _in_progress(connection)
        values |= {"state_id": state} if state else {}
    connection.execute(update(tickets).where(tickets.c.id == ticket.id).values(values))


def _in_progress(connection: Connection) -> str | None:
    # Of several such states, the plain one: what teammates call it is what customers read.
    plain = case((ticket_states.c.internal_label == ticket_states.c.external_label, 0), else_=1)
    statement = select(ticket_states.c.id).where(ticket_states.c.category == "in_progress")
    return connection.execute(statement.order_by(plain, ticket_states.c.internal_label).limit(1)).scalar()

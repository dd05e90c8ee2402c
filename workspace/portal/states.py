"""Choice of a ticket's state among a workspace's, by its category."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, select

from workspace.database.tables import ticket_states

if TYPE_CHECKING:
    from sqlalchemy import Connection


def state_of(connection: Connection, category: str) -> str | None:
    """Return the plainest state of a category, or None: one label for teammates and customers, then by its label."""
    plain = case((ticket_states.c.internal_label == ticket_states.c.external_label, 0), else_=1)
    statement = select(ticket_states.c.id).where(ticket_states.c.category == category)
    return connection.execute(statement.order_by(plain, ticket_states.c.internal_label).limit(1)).scalar()

"""Values of a ticket in the attributes of its type that customers may read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workspace.database.tables import ticket_type_attributes, ticket_values

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row


def for_customers(connection: Connection, ticket_id: str) -> list[tuple[str, str]]:
    """Return names and values of a ticket's attributes, in their order; only those that are visible to contacts."""
    attribute = ticket_type_attributes.c
    statement = (
        select(ticket_values, attribute.name, attribute.data_type, attribute.list_items)
        .join(ticket_type_attributes, attribute.id == ticket_values.c.attribute_id)
        .where(
            ticket_values.c.ticket_id == ticket_id,
            attribute.visible_to_contacts.is_(True),
            attribute.archived.is_(False),
        )
        .order_by(attribute.position, attribute.name)
    )
    return [(row.name, shown) for row in connection.execute(statement) if (shown := _shown(row))]


def _shown(row: Row[Any]) -> str:
    if row.data_type == "boolean":
        return {True: "Yes", False: "No", None: ""}[row.boolean]
    if row.moment is not None:
        return f"{datetime.fromtimestamp(row.moment, UTC):%Y-%m-%d %H:%M} UTC"
    if row.number is not None:
        return f"{row.number:.15g}"
    if row.data_type == "list":
        return next((str(item["name"]) for item in row.list_items or () if item["id"] == row.text), "")
    return row.text or ""

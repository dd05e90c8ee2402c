"""Tables of tickets and teammates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from workspace.core.folding import folded
from workspace.database.tables.base import metadata, partial

if TYPE_CHECKING:
    from sqlalchemy.engine.default import DefaultExecutionContext


def _folded_text(text: str) -> Column[str]:
    def default(context: DefaultExecutionContext) -> str:
        return folded(context.get_current_parameters()[text])  # type: ignore[no-untyped-call]

    return Column(f"{text}_folded", Text, nullable=False, default=default)


ticket_types = Table(
    "ticket_types",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("category", String(20), nullable=False),
)

ticket_states = Table(
    "ticket_states",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("category", String(30), nullable=False),
    Column("internal_label", Text, nullable=False, unique=True),
    Column("external_label", Text, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("type_id", ForeignKey("ticket_types.id"), nullable=False, index=True),
    Column("state_id", ForeignKey("ticket_states.id"), nullable=False, index=True),
    # Who created it; "their own" tickets are these.
    Column("contact_id", ForeignKey("contacts.id"), nullable=False),
    Column("company_id", ForeignKey("companies.id")),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    _folded_text("title"),
    _folded_text("description"),
    # Back-office tickets reach customers only when shared; tracker tickets never do.
    Column("is_shared", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False, index=True),
)
# The newest of a person, and of a company, are read in this order, with what tells whether they are for customers.
for _whose in ("contact", "company"):
    _read = (tickets.c[name] for name in (f"{_whose}_id", "updated_at", "number", "type_id", "is_shared"))
    Index(f"ix_tickets_{_whose}", *_read)
Index("ix_tickets_newest", tickets.c.created_at.desc(), tickets.c.id)

ticket_replies = Table(
    "ticket_replies",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("author_type", String(10), nullable=False),
    Column("author_name", Text, nullable=False),
    # The contact or the admin; null where only the name is known.
    Column("author_id", String(40)),
    Column("part_type", String(10), nullable=False),
    Column("body", Text, nullable=False),
    _folded_text("body"),
    Column("created_at", BigInteger, nullable=False),
)

# What tickets of a type say beside title and description.
ticket_type_attributes = Table(
    "ticket_type_attributes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("type_id", ForeignKey("ticket_types.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False),
    Column("data_type", String(20), nullable=False),
    # The items of a list: [{"id", "name"}].
    Column("list_items", JSON),
    Column("multiline", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("required_to_create", Boolean, nullable=False),
    Column("required_to_create_for_contacts", Boolean, nullable=False),
    Column("visible_on_create", Boolean, nullable=False),
    # Only these may be shown to customers.
    Column("visible_to_contacts", Boolean, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("type_id", "name"),
)

ticket_values = Table(
    "ticket_values",
    metadata,
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True),
    Column("attribute_id", ForeignKey("ticket_type_attributes.id", ondelete="CASCADE"), primary_key=True),
    # For a list, the id of the item.
    Column("text", Text),
    Column("text_folded", Text),
    Column("number", Float),
    Column("boolean", Boolean),
    Column("moment", BigInteger),
    Index("ix_ticket_values_text", "attribute_id", "text", "ticket_id"),
    Index("ix_ticket_values_number", "attribute_id", "number", "ticket_id"),
)
for _value in (ticket_values.c.boolean, ticket_values.c.moment):
    _found = ticket_values.c.attribute_id, _value, ticket_values.c.ticket_id
    partial(f"ix_ticket_values_{_value.name}", _value.is_not(None), *_found)

admins = Table(
    "admins",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False, unique=True),
    UniqueConstraint("name"),
)

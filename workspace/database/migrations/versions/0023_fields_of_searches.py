"""Indexes for searches of the public API by values that many share, and for the fields that had none."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision: str | None = "0022"
branch_labels = None
depends_on = None

_LISTED = {"postgresql_where": sa.text("archived = false"), "sqlite_where": sa.text("archived = 0")}
_ARCHIVED = {"postgresql_where": sa.text("archived = true"), "sqlite_where": sa.text("archived = 1")}


def upgrade() -> None:
    """Create the indexes; that of the newest contacts anew, so that it tells by itself who is listed."""
    op.drop_index("ix_contacts_newest", "contacts")
    _create("contacts", "newest", [sa.text("created_at DESC"), "id", "archived"], **_LISTED)
    _create("contacts", "archived", ["id", "archived"], **_ARCHIVED)
    _create("contacts", "listed_role", ["role", "archived"], **_LISTED)
    _create("companies", "name", ["name"])
    for name in ("type_id", "state_id"):
        _create("tickets", name, [name])
    for name in ("text", "number"):
        _create("ticket_values", name, ["attribute_id", name, "ticket_id"])
    for name in ("boolean", "moment"):
        there = sa.text(f"{name} IS NOT NULL")
        columns: list[str | sa.TextClause] = ["attribute_id", name, "ticket_id"]
        _create("ticket_values", name, columns, postgresql_where=there, sqlite_where=there)
    op.drop_index("ix_ticket_values_attribute_id", "ticket_values")


def _create(table: str, name: str, columns: list[str | sa.TextClause], **given: Any) -> None:
    op.create_index(f"ix_{table}_{name}", table, columns, **given)

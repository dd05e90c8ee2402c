"""Indexes for searches of the public API by one field: names, phone numbers and moments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision: str | None = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes; of contacts, for those that lists show."""
    postgresql, sqlite = sa.text("archived = false"), sa.text("archived = 0")
    columns: dict[str, str | sa.TextClause] = {name: name for name in ("name", "phone", "signed_up_at", "last_seen_at")}
    for name, column in {**columns, "updated_at": sa.text("coalesce(updated_at, created_at)")}.items():
        op.create_index(
            f"ix_contacts_listed_{name}",
            "contacts",
            [column, "archived"],
            postgresql_where=postgresql,
            sqlite_where=sqlite,
        )
    op.create_index("ix_tickets_updated_at", "tickets", ["updated_at"])

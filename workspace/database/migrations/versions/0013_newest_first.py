"""Lists are read from indexes in their own order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes."""
    newest: list[str | sa.TextClause] = [sa.text("created_at DESC"), "id"]
    op.create_index(
        "ix_contacts_newest",
        "contacts",
        newest,
        postgresql_where=sa.text("archived = false"),
        sqlite_where=sa.text("archived = 0"),
    )
    op.create_index("ix_companies_newest", "companies", newest)
    op.create_index("ix_tickets_newest", "tickets", newest)

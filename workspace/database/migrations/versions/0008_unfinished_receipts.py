"""Applies that were never finished are found without a look at all that were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    running = sa.text("outcome = 'running'")
    op.create_index(
        "ix_receipts_running", "receipts", ["configuration", "number"], postgresql_where=running, sqlite_where=running
    )

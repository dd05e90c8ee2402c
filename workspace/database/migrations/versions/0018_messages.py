"""Why an apply was made, in the words of whoever made it, or what it changed: shown where receipts are listed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision: str | None = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; receipts that are there say nothing."""
    op.add_column("receipts", sa.Column("message", sa.String(length=500), nullable=True))

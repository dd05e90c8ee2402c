"""People sign in to the console and look at pages as somebody else; tokens end, and say when they were used last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and add the columns."""
    op.add_column("activity", sa.Column("reason", sa.Text))
    op.add_column("tokens", sa.Column("expires_at", sa.BigInteger))
    op.add_column("tokens", sa.Column("last_used_at", sa.BigInteger))
    op.create_table(
        "console_sessions",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "viewings",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("contact_id", sa.String(40), sa.ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )

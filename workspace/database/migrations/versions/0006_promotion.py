"""What a promotion needs: the configuration as it was applied, how it was verified, where it was proven."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty for what was applied before, and the table."""
    op.add_column("records", sa.Column("base", sa.JSON(), nullable=True))
    op.add_column("receipts", sa.Column("promotes", sa.JSON(), nullable=True))
    op.create_table(
        "verifications",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("record_revision", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=100), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("observed", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_verifications")),
    )

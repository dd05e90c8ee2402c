"""What applies hold and did: leases, receipts and their steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("acquired_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "receipts",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("configuration", sa.String(length=200), nullable=False),
        sa.Column("help_center", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("environment", sa.String(length=200), nullable=True),
        sa.Column("plan_digest", sa.String(length=100), nullable=False),
        sa.Column("configuration_digest", sa.String(length=100), nullable=False),
        sa.Column("commit", sa.String(length=100), nullable=True),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("generator", sa.String(length=200), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("steps_done", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("record_before", sa.JSON(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("diagnostics", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_receipts")),
        sa.UniqueConstraint("configuration", "fence", name=op.f("uq_receipts_configuration_fence")),
    )
    op.create_index("ix_receipts_configuration_number", "receipts", ["configuration", "number"], unique=False)
    op.create_table(
        "receipt_steps",
        sa.Column("receipt", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("resource", sa.String(length=300), nullable=False),
        sa.Column("before_revision", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("etag", sa.String(length=40), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["receipt"], ["receipts.number"], name=op.f("fk_receipt_steps_receipt"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("receipt", "step", name=op.f("pk_receipt_steps")),
    )

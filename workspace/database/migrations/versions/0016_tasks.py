"""What a person has to do at a vendor, and what named people said of its settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision: str | None = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and the column of doubts."""
    op.add_column("knowledge", sa.Column("doubt", sa.Text(), nullable=True))
    op.create_table(
        "tasks",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("receipt", sa.Integer(), nullable=True),
        sa.Column("step", sa.String(length=40), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("before_known", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("screen", sa.JSON(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=True),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("noted", sa.JSON(), nullable=True),
        sa.Column("confirmations", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["receipt"], ["receipts.number"], name=op.f("fk_tasks_receipt"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tasks")),
    )
    op.create_index("ix_tasks_receipt", "tasks", ["receipt", "number"])
    op.create_index(op.f("ix_tasks_state"), "tasks", ["state"])
    op.create_table(
        "attestations",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("task", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("value_digest", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("by_names", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("read_back", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["task"], ["tasks.number"], name=op.f("fk_attestations_task"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_attestations")),
    )
    op.create_index("ix_attestations_place", "attestations", ["address", "field", "number"])

"""A vendor's workspace behind this one: how values are known, and how far its people are mirrored."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "upstreams",
        sa.Column("vendor", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("region", sa.String(length=20), nullable=False),
        sa.Column("timezone", sa.String(length=100), nullable=False),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vendor", name=op.f("pk_upstreams")),
    )
    op.create_table(
        "knowledge",
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("one_of", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("address", "field", name=op.f("pk_knowledge")),
    )
    op.create_table(
        "mirrors",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sweep", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=20), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("fresh_at", sa.BigInteger(), nullable=True),
        sa.Column("swept_at", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mirrors")),
    )
    _mirrored(
        "mirrored_people",
        "contact_id",
        "contacts",
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("missing", sa.Text(), nullable=True),
        sa.Column("odd", sa.Text(), nullable=True),
    )
    _mirrored(
        "mirrored_companies",
        "company_id",
        "companies",
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("made_by_form", sa.Boolean(), nullable=False),
        sa.Column("odd", sa.Text(), nullable=True),
    )


def _mirrored(name: str, key: str, owner: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column(key, sa.String(length=40), nullable=False),
        sa.Column("sweep", sa.Integer(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint([key], [f"{owner}.id"], name=op.f(f"fk_{name}_{key}"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_sweep"), name, ["sweep"])

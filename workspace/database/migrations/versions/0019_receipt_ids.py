"""Receipts have ids with a random part: a database restored from a copy repeats numbers, not ids."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision: str | None = "0018"
branch_labels = None
depends_on = None

_LENGTH = 20


def upgrade() -> None:
    """Add the column; receipts that are there are told apart by what asked for them, the same in each copy."""
    op.add_column("receipts", sa.Column("id", sa.String(length=_LENGTH), nullable=True))
    table = sa.table("receipts", *map(sa.column, ("id", "number", "request_digest")))
    number = sa.cast(table.c.number, sa.String)
    made = sa.literal("r").concat(number).concat("-").concat(sa.func.substr(table.c.request_digest, 1, 6))
    op.execute(sa.update(table).values(id=made))
    with op.batch_alter_table("receipts") as batch:
        batch.alter_column("id", existing_type=sa.String(length=_LENGTH), nullable=False)

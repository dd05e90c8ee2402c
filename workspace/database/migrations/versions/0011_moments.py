"""A workspace is told from its copies, a revision from others of its number, and people from as many others."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels = None
depends_on = None

_LENGTH = {"digest_key": 64}
_ADDED = {"workspaces": ("lineage", "mark", "digest_key"), "activity": ("mark",)}


def upgrade() -> None:
    """Add the columns; revisions of before have no mark of their own.

    Without a default: a process of before this version that still runs cannot write any more.
    """
    lineage = secrets.token_hex(8)
    values = {"lineage": lineage, "mark": lineage, "digest_key": secrets.token_hex(32)}
    for table, names in _ADDED.items():
        columns = [sa.column(name, sa.String) for name in names]
        for name in names:
            op.add_column(table, sa.Column(name, sa.String(length=_LENGTH.get(name, 40)), nullable=True))
        op.execute(sa.update(sa.table(table, *columns)).values({name: values[name] for name in names}))
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.alter_column(name, existing_type=sa.String(length=_LENGTH.get(name, 40)), nullable=False)
    op.create_index("ix_activity_revision", "activity", ["revision"])

"""What tickets and replies say, folded: so that databases search it without regard to case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Sequence

revision = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None

_PORTION = 1000


def upgrade() -> None:
    """Add the columns, and fill them from the texts that are there."""
    for table, texts in (("tickets", ("title", "description")), ("ticket_replies", ("body",))):
        for text in texts:
            op.add_column(table, sa.Column(f"{text}_folded", sa.Text(), nullable=False, server_default=""))
        _fold(table, texts)


def _fold(name: str, texts: Sequence[str]) -> None:
    table = sa.table(name, *(sa.column(item) for item in ("id", *texts, *(f"{text}_folded" for text in texts))))
    connection = op.get_bind()
    last = ""
    while True:
        where = sa.select(table.c.id, *(table.c[text] for text in texts)).where(table.c.id > last)
        rows = connection.execute(where.order_by(table.c.id).limit(_PORTION)).all()
        if not rows:
            return
        change = sa.update(table).where(table.c.id == sa.bindparam("of"))
        change = change.values({f"{text}_folded": sa.bindparam(f"new_{text}") for text in texts})
        folded = [{"of": row.id} | {f"new_{text}": row._mapping[text].casefold() for text in texts} for row in rows]
        connection.execute(change, folded)
        last = rows[-1].id

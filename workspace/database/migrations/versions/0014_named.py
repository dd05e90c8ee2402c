"""What records name, beside the records: who else manages an object is found without reading all of them."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision: str | None = "0013"
branch_labels = None
depends_on = None

_records = sa.table("records", sa.column("name"), sa.column("document", sa.JSON()))


def upgrade() -> None:
    """Create the table, and write down what the records there are name."""
    table = op.create_table(
        "named",
        sa.Column("name", sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql"), nullable=False),
        sa.Column("place", sa.String(32), nullable=False),
        sa.Column("help_center", sa.String(100), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["name"], ["records.name"], name=op.f("fk_named_name"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name", "place", name=op.f("pk_named")),
    )
    op.create_index("ix_named_first", "named", ["help_center", "place", "name"])
    connection = op.get_bind()
    for name, document in connection.execute(sa.select(_records.c.name, _records.c.document)).all():
        rows = [_row(name, [address, *sorted(fields)]) for address, fields in document.items() if fields]
        # No Help Center is called longer.
        if rows := [row for row in rows if len(row["help_center"]) <= 100]:  # noqa: PLR2004 - what the column holds
            connection.execute(sa.insert(table), rows)


def _row(name: str, said: list[str]) -> dict[str, str | list[str]]:
    address = said[0]
    return {
        "name": name,
        "place": hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32],
        "help_center": "" if address.startswith("data_attribute/") else address.partition("/")[2],
        "said": said,
    }

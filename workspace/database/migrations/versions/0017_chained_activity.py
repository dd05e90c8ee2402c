"""The activity log is a chain: each entry is sealed, and each seal covers the one before it."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision: str | None = "0016"
branch_labels = None
depends_on = None

_SEALED = (
    *("at", "by_type", "by_name", "via", "origin", "activity_type", "resource", "description"),
    *("revision", "resource_revision", "reason", "mark"),
)
_SEALS = {"salt": 32, "digest": 64, "link": 64}
_AT_ONCE = 1000


def upgrade() -> None:
    """Add the columns, and seal the entries that are there as they stand now."""
    for name, length in _SEALS.items():
        op.add_column("activity", sa.Column(name, sa.String(length=length), nullable=True))
    _seal(op.get_bind())
    with op.batch_alter_table("activity") as batch:
        for name in ("digest", "link"):
            batch.alter_column(name, existing_type=sa.String(length=_SEALS[name]), nullable=False)


def _seal(connection: sa.Connection) -> None:
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in (*_SEALED, *_SEALS)]
    table = sa.table("activity", sa.column("id", sa.Integer), sa.column("changes", sa.JSON), *columns)
    place: sa.BindParameter[int] = sa.bindparam("number")
    change = sa.update(table).where(table.c.id == place).values({name: sa.bindparam(name) for name in _SEALS})
    before, number = "", 0
    while True:
        after = sa.select(table).where(table.c.id > number).order_by(table.c.id).limit(_AT_ONCE)
        rows = connection.execute(after).all()
        if not rows:
            return
        sealed = []
        for row in rows:
            said = {name: row._mapping[name] for name in (*_SEALED, "changes")}
            salt = secrets.token_hex(16)
            digest = _hash(json.dumps([salt, said], sort_keys=True))
            before = _hash(f"{before}\n{digest}")
            sealed.append({"number": row.id, "salt": salt, "digest": digest, "link": before})
        connection.execute(change, sealed)
        number = rows[-1].id


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

"""Full-text indexes: they lead to the tickets that hold a text, inside of words too.

On SQLite this is a table with triggers, made after the last migration where the machine's SQLite can keep one
(`workspace.database.tables.texts`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0020"
down_revision: str | None = "0019"
branch_labels = None
depends_on = None

# The role may not make it; it is not installed, as different versions say.
_CANNOT_BE = {"42501", "0A000", "58P01"}
_WHERE = """
SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
WHERE extname = 'pg_trgm'
"""


def upgrade() -> None:
    """Create the indexes on PostgreSQL, if its extension for them is there or can be made; else texts are read."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql" or not _extended(connection):
        return
    # Another schema than this one may have it.
    schema = connection.execute(sa.text(_WHERE)).scalar_one()
    for column in ("title_folded", "description_folded"):
        op.execute(f"CREATE INDEX ix_tickets_{column}_parts ON tickets USING gin ({column} {schema}.gin_trgm_ops)")


def _extended(connection: sa.Connection) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except DBAPIError as problem:
        if getattr(problem.orig, "sqlstate", None) in _CANNOT_BE:
            return False
        raise
    return True

"""Bulk inserts: the indexes of a table are built after its rows, in one go and in the same transaction.

A row with a random place in an index costs a look at a distant page; sorted at the end, an index takes a tenth.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

from workspace.database.tables import texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Connection, Table

_CACHE_KIB = 256 * 1024
"""The cache of an SQLite file meanwhile, in KiB."""
_OF_SQLITE = """
SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = :of ORDER BY rowid
"""
_OF_POSTGRESQL = """
SELECT one.relname AS name, pg_get_indexdef(one.oid) AS sql
FROM pg_index JOIN pg_class one ON one.oid = indexrelid JOIN pg_class tables ON tables.oid = indrelid
WHERE tables.relname = :of AND tables.relnamespace = current_schema()::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY one.oid
"""


@contextmanager
def indexed_afterwards(connection: Connection, tables: Collection[Table]) -> Iterator[None]:
    """Drop the indexes of these tables, except unique ones, and restore them at the end of the transaction."""
    sqlite = connection.dialect.name == "sqlite"
    rows = [
        row
        for table in tables
        for row in connection.execute(text(_OF_SQLITE if sqlite else _OF_POSTGRESQL), {"of": table.name}).all()
    ]
    for row in rows:
        connection.exec_driver_sql(f'DROP INDEX "{row.name}"')
    texts.stop(connection)
    if not sqlite:
        yield
    else:
        before = connection.exec_driver_sql("PRAGMA cache_size").scalar()
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KIB}")
        try:
            yield
        finally:
            connection.exec_driver_sql(f"PRAGMA cache_size = {before}")
    # In the order in which they were made: of indexes as good as another, SQLite takes the newest.
    for row in rows:
        connection.exec_driver_sql(row.sql.replace("%", "%%") if not sqlite else row.sql)
    texts.make(connection)

"""Bulk inserts: the indexes of a table are built after its rows, in one go and in the same transaction.

A row with a random place in an index costs a look at a distant page; sorted at the end, an index takes a tenth.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import event, text

from workspace.database.tables import texts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator

    from sqlalchemy import Connection, Engine, Table

_MEANWHILE = {"cache_size": -8 * 1024, "temp_store": 1}
"""Settings of SQLite meanwhile: 8 MiB for the cache, as many for a sort, and the rest of a sort in a file.

In memory, as otherwise, it would grow with the rows. The rows come in the order of their keys, so a cache needs little.
"""
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
    yield
    # In the order in which they were made: of indexes as good as another, SQLite takes the newest.
    for row in rows:
        connection.exec_driver_sql(row.sql.replace("%", "%%") if not sqlite else row.sql)
    texts.make(connection)


@contextmanager
def sorting_in_files(engine: Engine) -> Iterator[None]:
    """Let transactions that begin meanwhile sort in files, on SQLite; within one, it can no longer be said."""
    if engine.dialect.name != "sqlite":
        yield
        return
    before: dict[str, int] = {}

    def begin(connection: sqlite3.Connection, *_: object) -> None:
        for name, value in _MEANWHILE.items():
            before[name] = connection.execute(f"PRAGMA {name}").fetchone()[0]
            connection.execute(f"PRAGMA {name} = {value}")

    def end(connection: sqlite3.Connection | None, *_: object) -> None:
        # None if it broke.
        if connection is not None:
            for name, value in before.items():
                connection.execute(f"PRAGMA {name} = {value}")

    event.listen(engine, "checkout", begin)
    event.listen(engine, "checkin", end)
    try:
        yield
    finally:
        event.remove(engine, "checkout", begin)
        event.remove(engine, "checkin", end)

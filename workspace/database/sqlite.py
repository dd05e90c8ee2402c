"""Settings of connections to SQLite."""

from __future__ import annotations

import sqlite3
import time

from workspace.database import who

BUSY_SECONDS = 10.0
"""The longest wait for another writing connection, in seconds."""
MAPPED = 8 * 2**20
"""The most bytes of a SQLite file read in place, by each connection: what is mapped counts as memory of the process,
once for each of them. The rest comes from the system's own cache all the same."""


def prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Set up a connection that was just opened."""
    # The driver's own idea of transactions begins them late and never for reads; see _begin_sqlite.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    connection.execute("PRAGMA foreign_keys = ON")
    who.install(connection)
    connection.execute(f"PRAGMA mmap_size = {MAPPED}")
    connection.execute("PRAGMA temp_store = MEMORY")
    _use_wal(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    # Turning a new file to WAL does not wait for another process that does the same, whatever the timeout.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return

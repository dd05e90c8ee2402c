"""Markers of the database's content: between two equal ones no process has committed anything."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Text, cast, event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from workspace.database.prepared import Pinned, Prepared

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Hashable

    from sqlalchemy import Engine

_SNAPSHOT = Prepared(select(cast(func.pg_current_snapshot(), Text)))


class Unmoved:
    """One database, as a process sees it; `pinned` are connections for single statements."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.pinned = Pinned(engine)
        self._lock = Lock()
        self._opened: sqlite3.Cursor | None = None
        self._times = 0
        self._knows = engine.url.get_backend_name() != "sqlite" or engine.url.database is not None
        event.listen(engine, "engine_disposed", lambda _engine: self._close())

    def now(self) -> Hashable | None:
        """Return the marker of the database's present content; None if unknown."""
        if not self._knows:
            return None
        return self._of_file() if self._engine.dialect.name == "sqlite" else self._of_server()

    def at_once(self) -> Hashable | None:
        """Return the same if nothing has to be waited for, not even another thread; else None."""
        if self._opened is None or not self._lock.acquire(blocking=False):
            return None
        try:
            return self._version()
        finally:
            self._lock.release()

    def _of_file(self) -> Hashable | None:
        # A connection of its own, which never writes, counts what every other one commits, of whichever process.
        with self._lock:
            return self._version()

    def _version(self) -> Hashable | None:
        try:
            opened = self._opened or self._open()
            return self._times, opened.execute("PRAGMA data_version").fetchone()
        except (self._engine.dialect.loaded_dbapi.Error, DBAPIError, PoolTimeout):
            self._close()
            return None

    def _open(self) -> sqlite3.Cursor:
        connection = self._engine.raw_connection()
        driver: sqlite3.Connection = connection.driver_connection  # type: ignore[assignment]  # there is no other one
        connection.detach()
        # Whoever asks next is told that nothing is known, rather than kept waiting.
        driver.execute("PRAGMA busy_timeout = 0")
        self._opened = driver.cursor()
        self._times += 1
        return self._opened

    def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.connection.close()

    def _of_server(self) -> Hashable | None:
        try:
            with self.pinned.connection() as bare:
                snapshot: str = _SNAPSHOT.scalar(bare)
        except DBAPIError as problem:
            # Nothing is known while there is no connection; other errors are of a database that speaks the same
            # protocol and does not know this.
            self._knows = problem.connection_invalidated or problem.statement is None
            return None
        except PoolTimeout:
            return None
        # Numbers of transactions: the oldest that runs, the next one, those between that run. Whoever writes has one.
        oldest, following, between = snapshot.split(":")
        return snapshot if oldest == following and not between else None

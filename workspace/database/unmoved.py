"""Markers of the database's content, moved by a write of any process: an answer may be repeated while the marker stays.

Two equal markers stand for the same content: nothing was committed between the two moments. So an answer worked out
between them is one of that content, whichever transactions it read in.
"""

from __future__ import annotations

import os
import sqlite3
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from workspace.database import engine as db
from workspace.database.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Hashable

    from sqlalchemy import Engine

_SNAPSHOT = Prepared(select(cast(func.pg_current_snapshot(), Text)))


class Unmoved:
    """One database, as a process sees it."""

    def __init__(self, engine: Engine) -> None:
        """Take the database; nothing is opened yet."""
        self._engine = engine
        self._path = engine.url.database
        self._lock = Lock()
        self._opened: sqlite3.Connection | None = None
        self._times = 0
        self._knows = engine.url.get_backend_name() != "sqlite" or self._path is not None
        event.listen(engine, "engine_disposed", lambda _engine: self._close())

    def now(self) -> Hashable | None:
        """Return the marker of the database's present content; None if unknown."""
        if not self._knows:
            return None
        return self._of_file() if self._engine.dialect.name == "sqlite" else self._of_server()

    def _of_file(self) -> Hashable | None:
        # A connection of its own, which never writes, counts what every other one commits, of whichever process.
        with self._lock:
            try:
                opened = self._opened or self._open()
                (version,) = opened.execute("PRAGMA data_version").fetchone()
                file = os.stat(self._path or "")  # noqa: PTH116 - asked with every request
            except (sqlite3.Error, OSError, DBAPIError, PoolTimeout):
                self._close()
                return None
            # A file that was put in place of another is no commit.
            return self._times, version, file.st_ino, file.st_mtime_ns

    def _open(self) -> Any:
        connection = self._engine.raw_connection()
        opened: Any = connection.driver_connection
        connection.detach()
        self._opened = opened
        self._times += 1
        return opened

    def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def _of_server(self) -> Hashable | None:
        try:
            with db.alone(self._engine) as connection:
                snapshot: str = _SNAPSHOT.scalar(connection)
        except DBAPIError:
            # A database that speaks the same protocol and does not know this.
            self._knows = False
            return None
        except PoolTimeout:
            return None
        # Numbers of transactions: the oldest that runs, the next one, those between that run. Whoever writes has one.
        oldest, following, between = snapshot.split(":")
        return snapshot if oldest == following and not between else None

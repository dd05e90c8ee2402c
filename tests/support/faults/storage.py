"""A database with one failing call: of all calls of one command, the n-th, in one of four ways."""

from __future__ import annotations

import sqlite3
import threading
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from reconciler.target import embedded
from reconciler.target.rest import RestTarget
from workspace.database import engine as db

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


class Fault(StrEnum):
    """The way a call fails."""

    ERROR = "error"
    FULL = "full"
    BUSY = "busy"
    NOT_TOLD = "done but not told"


_CODES = {
    Fault.ERROR: sqlite3.SQLITE_IOERR,
    Fault.FULL: sqlite3.SQLITE_FULL,
    Fault.BUSY: sqlite3.SQLITE_BUSY,
    Fault.NOT_TOLD: sqlite3.SQLITE_IOERR,
}


class Storage:
    """Every call of this process to SQLite, one of which may fail.

    `calls` counts since the last `prepare`; `lies` are answers that denied a change that was made.
    """

    def __init__(self, patch: pytest.MonkeyPatch, database: Path) -> None:
        self.calls = 0
        self.lies: list[str] = []
        self._fails: tuple[int, Fault] | None = None
        self._database = database
        self._lock = threading.Lock()
        patch.setattr(db, "_options", lambda _: {"connect_args": {"factory": partial(_Connection, self)}})
        patch.setattr(embedded, "_Transport", partial(_Watched, self))
        # Nobody has to wait here for what fails once.
        patch.setattr(embedded, "RestTarget", partial(RestTarget, sleep=lambda _: None))

    def prepare(self, number: int | None = None, fault: Fault = Fault.ERROR) -> None:
        """Begin to count anew; the call of that number, from 1, fails."""
        self.calls = 0
        self.lies.clear()
        self._fails = None if number is None else (number, fault)

    def done(self, call: Callable[[], Any]) -> Any:
        """Make a call, or let it fail."""
        with self._lock:
            self.calls += 1
            fault = self._fails[1] if self._fails is not None and self._fails[0] == self.calls else None
        if fault is None:
            return call()
        if fault is Fault.NOT_TOLD:
            call()
        problem = sqlite3.OperationalError(f"a test lets it fail: {fault}")
        problem.sqlite_errorcode = _CODES[fault]
        raise problem

    def version(self) -> Callable[[], int]:
        """Return a question that is answered otherwise once anything was committed."""
        observer = sqlite3.connect(self._database, check_same_thread=False)
        return lambda: int(observer.execute("PRAGMA data_version").fetchone()[0])


class _Connection(sqlite3.Connection):
    def __init__(self, storage: Storage, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.storage = storage

    def cursor(self, *_: Any) -> Any:
        return super().cursor(_Cursor)

    def commit(self) -> None:
        self.storage.done(super().commit)


class _Cursor(sqlite3.Cursor):
    connection: _Connection

    def execute(self, *given: Any) -> Any:
        return self.connection.storage.done(lambda: super(_Cursor, self).execute(*given))

    def executemany(self, *given: Any) -> Any:
        return self.connection.storage.done(lambda: super(_Cursor, self).executemany(*given))


class _Watched(embedded._Transport):
    """A transport to the workspace that catches answers which deny a change that was made."""

    def __init__(self, storage: Storage, app: Any) -> None:
        super().__init__(app)
        self._storage = storage
        self._version = storage.version()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        before = self._version()
        response = super().handle_request(request)
        text = response.read().decode()
        if "nothing was changed" in text and self._version() != before:
            self._storage.lies.append(f"{request.method} {request.url.path}: {text}")
        return httpx.Response(response.status_code, headers=response.headers, content=response.content)

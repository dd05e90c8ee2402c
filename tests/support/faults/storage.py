"""A database with one failing call: of all calls of one command, the n-th, in one of four ways."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from reconciler.target import embedded
from reconciler.target.http.inside import Inside
from reconciler.target.rest import RestTarget
from workspace.database import engine as db
from workspace.web.app_config import CLOSE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    import pytest
    from flask import Flask


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
        patch.setattr(embedded, "_inside", partial(_watched, self))
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


def _watched(storage: Storage, app: Flask) -> Inside:
    """Return an application that catches its answers which deny a change that was made."""
    version = storage.version()

    def answer(environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        before = version()
        with closing(Response.from_app(app, environment)) as response:
            text = response.get_data(as_text=True)
        if "nothing was changed" in text and version() != before:
            storage.lies.append(f"{environment['REQUEST_METHOD']} {environment['PATH_INFO']}: {text}")
        return response(environment, start)

    return Inside(answer, app.extensions[CLOSE])

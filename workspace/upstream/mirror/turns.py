"""Turns at refreshing a mirror: one at a time, over all threads, processes and machines; each ends with its process.

A vendor gives an app one scroll at a time, and two notes of the next place would overwrite each other.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

if sys.platform != "win32":
    import fcntl

_HERE = threading.Lock()
_KEY = 0x706F7274616C  # "portal", as PostgreSQL counts locks of programs
_AGAIN = 0.05


@contextmanager
def turn(engine: Engine, seconds: float) -> Iterator[bool]:
    """Yield True if it is the caller's turn, within `seconds`, until the with statement ends."""
    ends = time.monotonic() + seconds
    with ExitStack() as stack:
        mine = _HERE.acquire(timeout=seconds)
        if mine:
            stack.callback(_HERE.release)
            mine = _taken(stack, engine, ends)
        yield mine


def _taken(stack: ExitStack, engine: Engine, ends: float) -> bool:
    if engine.dialect.name != "sqlite":
        return _of_the_database(stack, engine, ends)
    file = engine.url.database
    if not file or file.startswith("file:"):
        return True
    # Left where it is: to remove it would take the turn of whoever waits for it.
    lock = os.open(f"{file}-mirror", os.O_CREAT | os.O_RDWR, 0o600)
    stack.callback(os.close, lock)
    return _waited(lambda: _locked(lock), ends)


def _locked(file: int) -> bool:
    if sys.platform != "win32":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    # On Windows nobody serves a file from several processes.
    return True


def _of_the_database(stack: ExitStack, engine: Engine, ends: float) -> bool:
    connection = engine.raw_connection()
    stack.callback(connection.close)
    driver: Any = connection.driver_connection
    driver.autocommit = True
    stack.callback(_transactional, driver)
    mine = _waited(lambda: _request(driver, "SELECT pg_try_advisory_lock(%s)"), ends)
    if mine:
        stack.callback(_request, driver, "SELECT pg_advisory_unlock(%s)")
    return mine


def _transactional(driver: Any) -> None:
    driver.autocommit = False


def _request(driver: Any, statement: str) -> bool:
    with driver.cursor() as cursor:
        cursor.execute(statement, (_KEY,))
        return bool(cursor.fetchone()[0])


def _waited(taken: Callable[[], bool], ends: float) -> bool:
    while not taken():
        if time.monotonic() >= ends:
            return False
        time.sleep(_AGAIN)
    return True

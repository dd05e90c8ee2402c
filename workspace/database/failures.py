"""Causes of a failed database: busy, full, read-only, damaged, gone."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

_SQLITE = {
    sqlite3.SQLITE_FULL: "the disk of the database is full",
    sqlite3.SQLITE_READONLY: "the database can only be read",
    sqlite3.SQLITE_IOERR: "the disk of the database fails",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the database is damaged",
    sqlite3.SQLITE_NOTADB: "the database is damaged",
    sqlite3.SQLITE_PERM: "the database may not be opened",
}
_POSTGRESQL = {
    "53100": "the disk of the database is full",
    "25006": "the database can only be read",
    "58030": "the disk of the database fails",
    "XX001": "the database is damaged",
    "XX002": "the database is damaged",
}


def is_busy(problem: DBAPIError) -> bool:
    """Return True for a failure that a retry may overcome."""
    if isinstance(problem.orig, sqlite3.Error):
        return _sqlite_code(problem.orig) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return isinstance(problem, OperationalError) and storage_problem(problem) is None


def storage_problem(problem: DBAPIError) -> str | None:
    """Return the storage problem that somebody has to mend, or None for another failure."""
    if isinstance(problem.orig, sqlite3.Error):
        if _sqlite_code(problem.orig) == 0 and "decode to UTF-8" in str(problem.orig):
            return _SQLITE[sqlite3.SQLITE_CORRUPT]
        return _SQLITE.get(_sqlite_code(problem.orig))
    return _POSTGRESQL.get(getattr(problem.orig, "sqlstate", None) or "")


def _sqlite_code(problem: sqlite3.Error) -> int:
    # Errors of the driver itself have none.
    code: int = getattr(problem, "sqlite_errorcode", 0)
    return code & 0xFF


def surely_not_kept(problem: DBAPIError) -> bool:
    """Return True if a transaction whose COMMIT failed was certainly not kept.

    So it is on SQLite if it did not fit or could not be locked; nobody can tell after a broken connection to a server.
    """
    refused = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY}
    return isinstance(problem.orig, sqlite3.Error) and problem.orig.sqlite_errorcode & 0xFF in refused

"""Sessions of the console, one for each browser that showed an admin token once.

A session ends after idle time, after a day's work, on signing out, and with its token (revoked, replaced or expired).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, or_, select, update

from workspace.database import engine as db
from workspace.database.prepared import Prepared
from workspace.database.tables import console_sessions, tokens

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from workspace.identity.tokens import Holder

IDLE = 60 * 60
"""The life of an idle session, in seconds."""
LIFETIME = 12 * 60 * 60
"""The longest life of a session, in seconds."""

_NOTED_EVERY = 60
_SIGNED_IN = Prepared(
    select(tokens.c.name, tokens.c.scopes, console_sessions.c.seen_at, console_sessions.c.expires_at)
    .join(tokens, tokens.c.hash == console_sessions.c.token_hash)
    .where(
        console_sessions.c.hash == bindparam("session"),
        console_sessions.c.expires_at > bindparam("now"),
        console_sessions.c.seen_at > bindparam("idle"),
        tokens.c.revoked_at.is_(None),
        or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > bindparam("now")),
    ),
    *("session", "now", "idle"),
)


@dataclass(frozen=True, slots=True)
class Administrator:
    """A person signed in by a token, until at the latest `expires_at`, in seconds since 1970."""

    name: str
    scopes: tuple[str, ...]
    expires_at: int

    @property
    def writes(self) -> bool:
        """True for a token that may write."""
        return "write" in self.scopes


def begin(engine: Engine, holder: Holder, now: int) -> str:
    """Begin a session for whoever showed a token, and return its cookie's value; only a hash of it is kept."""
    value = secrets.token_urlsafe(32)
    row = {"hash": _hash(value), "token_hash": holder.hash, "created_at": now, "seen_at": now}
    with db.writing(engine) as connection:
        over = console_sessions.c.expires_at <= now, console_sessions.c.seen_at <= now - IDLE
        connection.execute(delete(console_sessions).where(or_(*over)))
        connection.execute(insert(console_sessions).values(**row, expires_at=now + LIFETIME))
    return value


def administrator(engine: Engine, value: str, now: int) -> Administrator | None:
    """Return the administrator of a cookie, or None; the session counts as used."""
    session = _hash(value)
    with db.alone(engine) as connection:
        row = _SIGNED_IN.first(connection, session=session, now=now, idle=now - IDLE)
    if row is None:
        return None
    if now - row.seen_at >= _NOTED_EVERY:
        with db.writing(engine) as connection:
            this = console_sessions.c.hash == session
            connection.execute(update(console_sessions).where(this).values(seen_at=now))
    return Administrator(row.name, tuple(row.scopes), row.expires_at)


def end(connection: Connection, value: str) -> None:
    """End a session at once."""
    connection.execute(delete(console_sessions).where(console_sessions.c.hash == _hash(value)))


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()

"""Sessions of end users: one for each browser, in two cookies of which only hashes are kept.

A session is valid only with the device that it was made on, until the secret that vouched for it is revoked, while the
workspace enforces signatures of its kind, and while its person is a user who is not archived.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, or_, select

from workspace.access.view import is_user
from workspace.database.prepared import Prepared
from workspace.database.tables import contacts, identity_secrets, sessions

if TYPE_CHECKING:
    from sqlalchemy import Connection

LIFETIME = 7 * 24 * 3600
"""The life of a session, in seconds."""
DEVICE_LIFETIME = 270 * 24 * 3600
"""The life of a browser's device cookie, in seconds."""

MOST = 50
"""The most sessions of a person, so that repeated sign-ins fill nothing."""

_VISITOR = Prepared(
    select(contacts.c.id, contacts.c.name, contacts.c.email, contacts.c.external_id, sessions.c.expires_at)
    .join(sessions, sessions.c.contact_id == contacts.c.id)
    .join(identity_secrets, identity_secrets.c.id == sessions.c.secret_id)
    .where(
        sessions.c.hash == bindparam("session"),
        sessions.c.device_hash == bindparam("device"),
        sessions.c.expires_at > bindparam("now"),
        identity_secrets.c.kind == bindparam("mode"),
        # One that was replaced has vouched for its sessions all the same; one that was revoked has not.
        identity_secrets.c.revoked_at.is_(None),
        is_user(),
    ),
    *("session", "device", "mode", "now"),
)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Cookies:
    """The values of the two cookies of a session, for the session and the browser."""

    session: str = field(repr=False)
    device: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is signed in, by name, or else email address, or else external id.

    `viewed` marks an administrator who previews the pages as this person, and may change nothing. `until` is the end of
    the session, in seconds since 1970; 0 if nobody shall count on it.
    """

    id: str
    name: str
    viewed: bool = False
    until: int = 0


def begin(connection: Connection, contact_id: str, secret_id: str, device: str | None, now: int) -> Cookies:
    """Begin a session by a secret, in place of one on the same device, and of the oldest of a person with `MOST`."""
    known = device if device and _TOKEN.fullmatch(device) else None
    # Never a session's name that the browser had before: somebody else may have put it there.
    cookies = Cookies(secrets.token_urlsafe(32), known or secrets.token_urlsafe(32))
    over = or_(sessions.c.expires_at <= now, sessions.c.device_hash == _hash(cookies.device))
    connection.execute(delete(sessions).where(over))
    row = {
        "hash": _hash(cookies.session),
        "device_hash": _hash(cookies.device),
        "contact_id": contact_id,
        "secret_id": secret_id,
        "created_at": now,
        "expires_at": now + LIFETIME,
    }
    theirs = select(sessions.c.hash).where(sessions.c.contact_id == contact_id)
    kept = theirs.order_by(sessions.c.created_at.desc(), sessions.c.hash).limit(MOST - 1)
    connection.execute(delete(sessions).where(sessions.c.contact_id == contact_id, sessions.c.hash.not_in(kept)))
    connection.execute(insert(sessions).values(row))
    return cookies


def visitor(connection: Connection, cookies: Cookies | None, mode: str, now: int) -> Visitor | None:
    """Return the signed-in person, or None; `mode` is the enforced proof of identity: `jwt`, `hmac` or `off`."""
    if cookies is None:
        return None
    session, device = _hash(cookies.session), _hash(cookies.device)
    row = _VISITOR.first(connection, session=session, device=device, mode=mode, now=now)
    if row is None:
        return None
    return Visitor(row.id, row.name or row.email or row.external_id or row.id, until=row.expires_at)


def end(connection: Connection, session: str) -> None:
    """End a session at once, in a transaction that writes; an unknown one has ended already."""
    connection.execute(delete(sessions).where(sessions.c.hash == _hash(session)))


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()

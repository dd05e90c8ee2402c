"""Previews of the pages as a customer, by administrators: for some minutes, and read-only."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from workspace.core.errors import not_found
from workspace.database.tables import contacts, viewings
from workspace.identity.sessions import Visitor
from workspace.writes.audit_log import Entry

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workspace.writes.admin_write import AdminWrite

LIFETIME = 10 * 60
"""The life of a preview, in seconds."""
COOKIE = "portal-view-as"
"""The cookie that names one."""


def begin(write: AdminWrite, contact_id: str) -> str:
    """Begin a preview as a person; return the cookie's value, kept as a hash. ApiError 404 for an unknown person."""
    person = write.connection.execute(select(contacts).where(contacts.c.id == contact_id)).first()
    if person is None:
        raise not_found()
    value = secrets.token_urlsafe(32)
    ends = write.at + LIFETIME
    write.connection.execute(delete(viewings).where(viewings.c.expires_at <= write.at))
    row = {"hash": _hash(value), "contact_id": contact_id, "by_name": write.caller.name, "expires_at": ends}
    write.connection.execute(insert(viewings).values(row))
    name = person.name or person.email or person.external_id or person.id
    write.log(Entry(f"viewing/{contact_id}", f"Looked at the pages as {name}", {}, {"person": contact_id}, 1))
    return value


def visitor(connection: Connection, value: str, now: int) -> Visitor | None:
    """Return the person of a preview, or None once it is over."""
    statement = (
        select(contacts.c.id, contacts.c.name, contacts.c.email, contacts.c.external_id)
        .join(viewings, viewings.c.contact_id == contacts.c.id)
        .where(viewings.c.hash == _hash(value), viewings.c.expires_at > now)
    )
    row = connection.execute(statement).first()
    return Visitor(row.id, row.name or row.email or row.external_id or row.id, viewed=True) if row else None


def end(connection: Connection, value: str) -> None:
    """End a viewing at once."""
    connection.execute(delete(viewings).where(viewings.c.hash == _hash(value)))


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()

"""Links to a homepage's draft: for one person, once, for some minutes."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert

from workspace.database.tables import preview_links

if TYPE_CHECKING:
    from sqlalchemy import Connection

LIFETIME = 15 * 60
"""The life of an unopened link, in seconds."""


def create(connection: Connection, help_center: str, now: int) -> str:
    """Make the secret part of a link and return it; only its hash is kept."""
    connection.execute(delete(preview_links).where(preview_links.c.expires_at <= now))
    token = secrets.token_urlsafe(32)
    row = {"hash": _hash(token), "help_center": help_center, "expires_at": now + LIFETIME}
    connection.execute(insert(preview_links).values(row))
    return token


def use(connection: Connection, help_center: str, token: str, now: int) -> bool:
    """Use a link up by its secret part, and return True if it was valid."""
    desired = (
        preview_links.c.hash == _hash(token),
        preview_links.c.help_center == help_center,
        preview_links.c.expires_at > now,
    )
    return connection.execute(delete(preview_links).where(*desired)).rowcount == 1


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

"""Bearer tokens of the admin API: 256 random bits, kept as SHA-256 without salt, as there is nothing to guess.

Names stay taken after a token is revoked, so that an activity entry always means the same holder.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.exc import DBAPIError

from workspace.core.clock import iso
from workspace.core.errors import DatabaseUnavailable, WorkspaceError
from workspace.database import engine as db
from workspace.database.prepared import Prepared
from workspace.database.tables import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine

    from workspace.database.prepared import Bare

Scope = Literal["read", "write"]
SCOPES: dict[Scope, tuple[Scope, ...]] = {"read": ("read",), "write": ("read", "write")}
"""The rights of each scope: writers may read."""

ADMINISTRATOR = "administrator"
MIN_LENGTH = 20
"""The shortest length of a chosen token."""

_MAX_NAME = 200
_HELD = tuple(tokens.c[name] for name in ("name", "hash", "last_used_at", "expires_at"))
HOLDER = select(*(column.label(f"token_{column.key}") for column in _HELD)).where(
    tokens.c.hash == bindparam("hash"),
    tokens.c.revoked_at.is_(None),
    or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > bindparam("now")),
)
"""The statement of the holder of a token by its digest (`hash`), at a moment (`now`); who reads needs no scopes."""
_HOLDER = Prepared(HOLDER.add_columns(tokens.c.scopes), "hash", "now")
_ENDED = Prepared(
    select(tokens.c.name, tokens.c.revoked_at, tokens.c.expires_at).where(tokens.c.hash == bindparam("hash")), "hash"
)
_NOTED_EVERY = 3600
"""The seconds after which the note of a token's last use is renewed: noting every request would make readers write."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of a token; moments are seconds since 1970, `last_used_at` as noted, `expires_at` None for never."""

    name: str
    scopes: tuple[str, ...]
    hash: str = field(default="", repr=False, compare=False)
    last_used_at: int | None = field(default=None, compare=False)
    expires_at: int | None = field(default=None, compare=False)

    def is_noted(self, now: int) -> bool:
        """Return True if no note of this use is due."""
        return self.last_used_at is not None and now - self.last_used_at < _NOTED_EVERY

    def known_until(self, now: int) -> int:
        """Return the moment until which no second look is due unless something is written, in seconds since 1970."""
        noted = _NOTED_EVERY + (now if self.last_used_at is None else self.last_used_at)
        return noted if self.expires_at is None else min(noted, self.expires_at)


@dataclass(frozen=True, slots=True)
class TokenEntry:
    """A token's stored entry; moments are seconds since 1970, `last_used_at` to the hour, None for never."""

    name: str
    scopes: tuple[str, ...]
    created_at: int
    revoked_at: int | None
    expires_at: int | None = None
    last_used_at: int | None = None

    def document(self) -> dict[str, Any]:
        """Return the entry as it stands in an answer."""
        moments = {
            name: None if (at := getattr(self, name)) is None else iso(at)
            for name in ("created_at", "expires_at", "last_used_at", "revoked_at")
        }
        return {"name": self.name, "scope": "write" if "write" in self.scopes else "read", **moments}


def new_token() -> str:
    """Return a random token."""
    return f"portal_{secrets.token_urlsafe(32)}"


def same_token(text: str, other: str) -> bool:
    """Compare two tokens in constant time."""
    return hmac.compare_digest(digest(text), digest(other))


def digest(token: str) -> str:
    """Return the digest by which a token is kept."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def holder_of(connection: Connection | Bare, token: str, now: int) -> Holder | None:
    """Return the holder of a token, or None for an unknown, revoked or expired one."""
    hashed = digest(token)
    row = _HOLDER.first(connection, hash=hashed, now=now)
    return None if row is None else holder_in(row, hashed, row.scopes)


def holder_in(row: Any, hashed: str, scopes: Sequence[str] = ("read",)) -> Holder | None:
    """Return the holder in a row of `HOLDER`, or None if it is another token's."""
    if not hmac.compare_digest(row.token_hash or "", hashed):
        return None
    return Holder(row.token_name, tuple(scopes), hashed, row.token_last_used_at, row.token_expires_at)


def ended(connection: Connection | Bare, token: str, now: int) -> str:
    """Describe the end of a once valid token for its holder, as a sentence; empty for an unknown one."""
    row = _ENDED.first(connection, hash=digest(token))
    if row is None:
        return ""
    if row.revoked_at is not None:
        return f"the token {row.name} was revoked at {iso(row.revoked_at)}"
    if row.expires_at is not None and row.expires_at <= now:
        return f"the token {row.name} ended at {iso(row.expires_at)}"
    return ""


def note_use(engine: Engine, holder: Holder, now: int) -> None:
    """Note a use of a token, if the last note is an hour old."""
    if holder.is_noted(now):
        return
    # A note is worth no failure: whoever is kept from writing it does so with a later request.
    with contextlib.suppress(DBAPIError, DatabaseUnavailable), db.writing(engine) as connection:
        connection.execute(update(tokens).where(tokens.c.hash == holder.hash).values(last_used_at=now))


def create(connection: Connection, name: str, scope: Scope, *, now: int, expires_at: int | None = None) -> str:
    """Make a token and return it; it cannot be shown again.

    `expires_at` is in seconds since 1970. WorkspaceError for a taken name, or other than 1 to 200 printable characters.
    """
    if not (0 < len(name) <= _MAX_NAME and name.isprintable() and name.strip() == name):
        raise WorkspaceError("a token's name is 1 to 200 printable characters, with none blank at its ends")
    if _find(connection, name) is not None:
        raise WorkspaceError(f"there is a token {name!r} already", "Choose another name: a name is never used again.")
    token = new_token()
    _insert(connection, name, token, scope, now, expires_at=expires_at)
    return token


def entries(connection: Connection) -> Sequence[TokenEntry]:
    """Return the entries of all tokens, by name."""
    columns = [tokens.c[name] for name in ("name", "scopes", "created_at", "revoked_at", "expires_at", "last_used_at")]
    rows = connection.execute(select(*columns).order_by(tokens.c.name))
    return [TokenEntry(**{**row._mapping, "scopes": tuple(row.scopes)}) for row in rows]


def revoke(connection: Connection, name: str, *, now: int) -> None:
    """Revoke a token at once; its activity entries stay. WorkspaceError without a valid token of that name."""
    token_entry = _find(connection, name)
    if token_entry is None or token_entry.revoked_at is not None:
        raise WorkspaceError(f"there is no valid token {name!r}", "`portal token list` shows those there are.")
    connection.execute(update(tokens).where(tokens.c.name == name).values(revoked_at=now))


def ensure_administrator(connection: Connection, given: str | None, *, now: int) -> str | None:
    """Ensure that an administrator can call the admin API; return a new token to show once, if it made one.

    A given token, chosen by the operator, becomes the administrator's, in place of an earlier one. None is made if the
    database has tokens. Raises WorkspaceError if the given one is too short, or belongs to somebody else.
    """
    if given is None:
        if connection.execute(select(tokens.c.id).limit(1)).first() is not None:
            return None
        made = new_token()
        _insert(connection, ADMINISTRATOR, made, "write", now)
        return made
    if len(given) < MIN_LENGTH or not given.isascii() or not given.isprintable() or " " in given:
        raise WorkspaceError(
            f"PORTAL_ADMIN_TOKEN must be at least {MIN_LENGTH} printable ASCII characters without blanks",
            'One way to make it: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    _adopt(connection, given, now)
    return None


def _adopt(connection: Connection, given: str, now: int) -> None:
    hashed = digest(given)
    owner = connection.execute(select(tokens.c.name).where(tokens.c.hash == hashed)).scalar()
    if owner not in {None, ADMINISTRATOR}:
        raise WorkspaceError(f"PORTAL_ADMIN_TOKEN is the token {owner!r}", "Give the administrator one of their own.")
    if _find(connection, ADMINISTRATOR) is None:
        _insert(connection, ADMINISTRATOR, given, "write", now)
    else:
        connection.execute(
            update(tokens)
            .where(tokens.c.name == ADMINISTRATOR)
            .values(hash=hashed, scopes=list(SCOPES["write"]), revoked_at=None)
        )


def _find(connection: Connection, name: str) -> TokenEntry | None:
    return next((entry for entry in entries(connection) if entry.name == name), None)


def _insert(
    connection: Connection, name: str, token: str, scope: Scope, now: int, *, expires_at: int | None = None
) -> None:
    connection.execute(
        insert(tokens).values(
            id=f"tok_{secrets.token_hex(8)}",
            name=name,
            hash=digest(token),
            scopes=list(SCOPES[scope]),
            created_at=now,
            expires_at=expires_at,
        )
    )

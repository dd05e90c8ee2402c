"""Signing secrets, with which a customer's application vouches for its users: 256 random bits, shown once.

Both sides need to know it, so it is kept as it is, in a database that only its owner may read.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import insert, or_, select, update

from workspace.core.clock import iso
from workspace.core.errors import ApiError, Problem, not_found
from workspace.database.tables import identity_secrets
from workspace.writes import audit_log

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

    from workspace.writes.admin_write import AdminWrite

Kind = Literal["jwt", "hmac"]
MAX_VALID = 10
"""The most valid secrets of one kind: every one is tried on every signature."""


@dataclass(frozen=True, slots=True)
class SecretEntry:
    """A secret without its value. Moments are seconds since 1970; `expires_at` is None until it is replaced."""

    id: str
    kind: Kind
    name: str
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None

    @property
    def address(self) -> str:
        """The address for activity entries."""
        return f"identity_secret/{self.id}"

    def document(self) -> dict[str, Any]:
        """Return the entry as it stands in an answer."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "created_at": iso(self.created_at),
            "expires_at": _maybe_iso(self.expires_at),
            "revoked_at": _maybe_iso(self.revoked_at),
        }


def entries(connection: Connection) -> list[SecretEntry]:
    """Return all secrets without their values, newest first."""
    order = identity_secrets.c.created_at.desc(), identity_secrets.c.id
    return [_entry(row) for row in connection.execute(select(*_WITHOUT_VALUE).order_by(*order))]


def is_valid(now: int) -> ColumnElement[bool]:
    """Return the condition on rows of `identity_secrets` that they are neither revoked nor expired."""
    expires = identity_secrets.c.expires_at
    return identity_secrets.c.revoked_at.is_(None) & or_(expires.is_(None), expires > now)


def values(connection: Connection, kind: Kind, now: int) -> dict[str, str]:
    """Return the valid secrets of a kind by id, newest first: only for checking and making signatures."""
    columns = identity_secrets.c.id, identity_secrets.c.value
    statement = select(*columns).where(identity_secrets.c.kind == kind, is_valid(now))
    order = identity_secrets.c.created_at.desc(), identity_secrets.c.id
    return {row.id: row.value for row in connection.execute(statement.order_by(*order))}


def create(write: AdminWrite, kind: Kind, name: str) -> tuple[SecretEntry, str]:
    """Make a secret; return its entry and its value, which cannot be shown again. ApiError 422 for too many."""
    if len(values(write.connection, kind, write.at)) >= MAX_VALID:
        message = f"there are {MAX_VALID} valid secrets of the kind {kind} already: revoke one that is not in use"
        raise ApiError(422, Problem("value_invalid", message, "kind"))
    entry = SecretEntry(f"sec_{secrets.token_hex(8)}", kind, name, write.at)
    value = secrets.token_urlsafe(32)
    row = {"id": entry.id, "kind": kind, "name": name, "value": value, "created_at": write.at}
    write.connection.execute(insert(identity_secrets).values(row))
    _log(write, entry, f"Created the signing secret {name}", {}, "messenger_api_secret_creation")
    return entry, value


def begin_with(connection: Connection, name: str, at: int) -> None:
    """Make the first secret of each kind in a new workspace, without an activity entry; `at` is seconds since 1970."""
    kinds: tuple[Kind, ...] = ("jwt", "hmac")
    rows = [
        {
            "id": f"sec_{secrets.token_hex(8)}",
            "kind": kind,
            "name": name,
            "value": secrets.token_urlsafe(32),
            "created_at": at,
        }
        for kind in kinds
    ]
    connection.execute(insert(identity_secrets), rows)


def rotate(write: AdminWrite, secret_id: str, overlap_seconds: int) -> tuple[SecretEntry, str]:
    """Make the successor of a valid secret; return its entry and its value, which cannot be shown again.

    The old one stays valid for `overlap_seconds`. ApiError 404 without a valid secret of that id; 422 as `create`.
    """
    before = _find(write, secret_id)
    if before.expires_at is not None and before.expires_at <= write.at:
        raise not_found()
    ends = write.at + overlap_seconds
    expires_at = ends if before.expires_at is None else min(ends, before.expires_at)
    _change(write, before, {"expires_at": expires_at}, f"Replaced the signing secret {before.name}")
    return create(write, before.kind, before.name)


def revoke(write: AdminWrite, secret_id: str) -> None:
    """Revoke a secret at once, with its sessions; ApiError 404 for an unknown or revoked one."""
    before = _find(write, secret_id)
    _change(write, before, {"revoked_at": write.at}, f"Revoked the signing secret {before.name}")


_WITHOUT_VALUE = [column for column in identity_secrets.c if column.name != "value"]


def _find(write: AdminWrite, secret_id: str) -> SecretEntry:
    desired = identity_secrets.c.id == secret_id, identity_secrets.c.revoked_at.is_(None)
    row = write.connection.execute(select(*_WITHOUT_VALUE).where(*desired)).first()
    if row is None:
        raise not_found()
    return _entry(row)


def _change(write: AdminWrite, before: SecretEntry, values: dict[str, int], description: str) -> None:
    write.connection.execute(update(identity_secrets).where(identity_secrets.c.id == before.id).values(values))
    after = _entry(write.connection.execute(select(*_WITHOUT_VALUE).where(identity_secrets.c.id == before.id)).one())
    _log(write, after, description, before.document(), "messenger_api_secret_deletion")


def _log(write: AdminWrite, entry: SecretEntry, description: str, before: dict[str, Any], kind: str) -> None:
    revision = 2 if before else 1
    write.log(audit_log.Entry(entry.address, description, before, entry.document(), revision, kind))


def _entry(row: Row[Any]) -> SecretEntry:
    return SecretEntry(**row._mapping)


def _maybe_iso(seconds: int | None) -> str | None:
    return None if seconds is None else iso(seconds)

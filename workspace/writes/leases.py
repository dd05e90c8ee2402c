"""Leases: the right to write for one configuration, for a limited time.

The fence, its number, goes up with each lease of its name. A write names its lease (`Portal-Lease: NAME/FENCE`) and is
refused unless that is live: a process away for too long cannot overwrite its successor's work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from workspace.core.clock import iso
from workspace.core.errors import ApiError, Problem, invalid_parameter, not_found
from workspace.database.prepared import Prepared
from workspace.database.tables import leases

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection, Row


HEADER = "Portal-Lease"
_NEWEST = Prepared(select(leases).where(leases.c.name == bindparam("name")), "name")
_INSERT = insert(leases)
_UPDATE = update(leases).where(leases.c.name == bindparam("its_name"))
_NEWEST_OF = select(leases).where(leases.c.name.in_(bindparam("names", expanding=True)))
_CLAIM = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]{0,199})/([1-9][0-9]{0,8})(?:/([A-Za-z0-9_-]{8,64}))?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claim:
    """The lease that a write names, with its holder's id, if named: a restored workspace repeats fences, not ids."""

    name: str
    fence: int
    id: str | None = None

    def is_of(self, lease: Lease | None) -> bool:
        """Return True for a claim to this lease."""
        return lease is not None and lease.fence == self.fence and self.id in (None, lease.id)


@dataclass(frozen=True, slots=True)
class Lease:
    """A live lease, with the caller's `id` for it and its `holder`, for people. Moments are seconds since 1970."""

    name: str
    fence: int
    id: str
    holder: str
    reason: str
    by: str
    acquired_at: int
    expires_at: int

    def document(self) -> dict[str, Any]:
        """Return the lease as it stands in an answer; its id is nobody else's business."""
        return {
            "name": self.name,
            "fence": self.fence,
            "holder": self.holder,
            "reason": self.reason,
            "by": self.by,
            "acquired_at": iso(self.acquired_at),
            "expires_at": iso(self.expires_at),
        }


def claim(text: str | None) -> Claim | None:
    """Parse a `Portal-Lease` header, None if absent; ApiError 400 if malformed."""
    if text is None:
        return None
    match = _CLAIM.fullmatch(text)
    if match is None:
        raise invalid_parameter(f"{HEADER} is a lease's name, number and id: acme-production/3/a7Qx90Lm", HEADER)
    return Claim(match[1], int(match[2]), match[3])


def live(connection: Connection, name: str, now: int) -> Lease | None:
    """Return the lease of a name that is live, or None."""
    row = _newest(connection, name)
    return lease_of(row) if row is not None and _is_live(row, now) else None


def all_live(connection: Connection, names: Collection[str], now: int) -> dict[str, Lease]:
    """Return the live leases of these names, by name; at most one query."""
    rows = connection.execute(_NEWEST_OF, {"names": list(names)}) if names else ()
    return {row.name: lease_of(row) for row in rows if _is_live(row, now)}


def acquire(connection: Connection, name: str, desired: Mapping[str, Any], *, by: str, now: int) -> tuple[Lease, bool]:
    """Acquire the lease of a name, and return it with True if it is new; ApiError 423 if somebody else holds it.

    The same token and id get the same lease again. `desired` has `id`, `holder`, `reason` and `ttl` (seconds).
    """
    row = _newest(connection, name)
    if row is not None and _is_live(row, now):
        if (row.id, row.by_name) == (desired["id"], by):
            return lease_of(row), False
        raise held(lease_of(row))
    lease = Lease(
        name=name,
        fence=row.fence + 1 if row is not None else 1,
        id=desired["id"],
        holder=desired["holder"],
        reason=desired["reason"],
        by=by,
        acquired_at=now,
        expires_at=now + int(desired["ttl"]),
    )
    if row is None:
        connection.execute(_INSERT, _values(lease))
    else:
        connection.execute(_UPDATE, {"its_name": name, **_values(lease)})
    return lease, True


def renew(connection: Connection, claim: Claim, ttl: int, now: int) -> Lease:
    """Extend a live lease to `ttl` seconds from now; ApiError 404 for a name without leases, 409 if not live."""
    known(connection, claim.name)
    check(connection, claim, now)
    connection.execute(_UPDATE, {"its_name": claim.name, "expires_at": now + ttl})
    return lease_of(known(connection, claim.name))


def release(connection: Connection, claim: Claim, now: int) -> None:
    """Release a lease, also an ended one; ApiError 404 for a name without leases, 409 if another one is live."""
    row = known(connection, claim.name)
    if not _is_live(row, now):
        return
    if not claim.is_of(lease_of(row)):
        raise _lost(claim, lease_of(row))
    end(connection, claim.name, now)


def check(connection: Connection, claim: Claim, now: int) -> None:
    """Refuse a lease that is not the live one, with ApiError 409."""
    lease = live(connection, claim.name, now)
    if not claim.is_of(lease):
        raise _lost(claim, lease)


def needed(message: str) -> ApiError:
    """Return the error for a write without its required lease."""
    return ApiError(428, Problem("precondition_required", message, HEADER))


def held(lease: Lease) -> ApiError:
    """Return the answer for a write that must wait for a lease."""
    message = (
        f"{lease.holder} has the lease of {lease.name} until {iso(lease.expires_at)}: {lease.reason or 'no reason'}"
    )
    return ApiError(423, Problem("lease_held", message, HEADER, lease.document()))


def known(connection: Connection, name: str) -> Row[Any]:
    """Return the newest lease of a name; ApiError 404 if it never had one."""
    row = _newest(connection, name)
    if row is None:
        raise not_found()
    return row


def end(connection: Connection, name: str, now: int) -> None:
    """End the lease of a name."""
    connection.execute(_UPDATE, {"its_name": name, "ended_at": now})


def lease_of(row: Row[Any]) -> Lease:
    """Return the lease in a row."""
    return Lease(
        name=row.name,
        fence=row.fence,
        id=row.id,
        holder=row.holder,
        reason=row.reason,
        by=row.by_name,
        acquired_at=row.acquired_at,
        expires_at=row.expires_at,
    )


def _newest(connection: Connection, name: str) -> Row[Any] | None:
    row: Row[Any] | None = _NEWEST.first(connection, name=name)
    return row


def _is_live(row: Row[Any], now: int) -> bool:
    return row.ended_at is None and bool(row.expires_at > now)


def _values(lease: Lease) -> dict[str, Any]:
    return {
        "name": lease.name,
        "fence": lease.fence,
        "id": lease.id,
        "holder": lease.holder,
        "reason": lease.reason,
        "by_name": lease.by,
        "acquired_at": lease.acquired_at,
        "expires_at": lease.expires_at,
        "ended_at": None,
    }


def _lost(claim: Claim, lease: Lease | None) -> ApiError:
    instead = f"{lease.holder} has lease {lease.fence}" if lease is not None else "nobody has it"
    message = f"lease {claim.fence} of {claim.name} has ended; {instead}"
    return ApiError(409, Problem("lease_lost", message, HEADER, {"lease": lease and lease.document()}))

"""Lease rules of admin writes: respect a lease, require one, break one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace.writes.audit_log import Entry
from workspace.writes.leases import HEADER, Claim, check, end, held, known, lease_of, live, needed

if TYPE_CHECKING:
    from workspace.writes.admin_write import AdminWrite


def break_live(write: AdminWrite, claim: Claim) -> None:
    """Break somebody else's live lease, and log it; ApiError 404 for an unknown name, 409 if another lease is live."""
    row = known(write.connection, claim.name)
    check(write.connection, claim, write.at)
    end(write.connection, claim.name, write.at)
    lease = lease_of(row)
    before = {name: value for name, value in lease.document().items() if name not in {"name", "fence"}}
    described = f"Broke the lease {lease.fence} on {lease.name}, held by {lease.holder}"
    write.log(Entry(f"lease/{lease.name}", described, before, {}, lease.fence))


def respect(write: AdminWrite, name: str) -> None:
    """Refuse a write about a configuration under another live lease, with ApiError 423."""
    if write.lease is not None and write.lease.name == name:
        # It was checked when the write began.
        return
    lease = live(write.connection, name, write.at)
    if lease is not None:
        raise held(lease)


def require(write: AdminWrite, name: str) -> Claim:
    """Return the lease of a write; ApiError 423 if somebody else holds it, 428 if nobody does."""
    respect(write, name)
    if write.lease is None or write.lease.name != name:
        raise needed(f"this needs the lease of {name}: {HEADER}: {name}/FENCE")
    return write.lease

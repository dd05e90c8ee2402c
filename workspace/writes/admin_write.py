"""One admin write: all of it in one transaction, checked against revisions, counted and logged once."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import bindparam, select

from workspace.core.errors import ApiError, Problem, invalid_value, not_found
from workspace.database import engine as db
from workspace.database import store
from workspace.database.prepared import Prepared
from workspace.database.store import Stored
from workspace.database.tables import help_centers
from workspace.writes import audit_log, leases, moments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from workspace.writes.audit_log import Caller
    from workspace.writes.leases import Claim
    from workspace.writes.moments import Moment

_HELP_CENTER = Prepared(
    select(help_centers.c.identifier).where(help_centers.c.identifier == bindparam("identifier")), "identifier"
)


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of a write: the resource's revision before, 0 for a new one, and after, None once deleted."""

    address: str
    before: int
    after: int | None


class Outward(Protocol):
    """Makes changes at a vendor, the source of the settings."""

    def unseen(self, address: str) -> bool:
        """Return True if a write is due although its values are the stored ones."""

    def make(self, address: str, before: Mapping[str, Any], after: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """Change a resource, or remove it if `after` is None; return its values then."""


class Others(Protocol):
    """The earlier writes of the same transaction."""

    def now(self, address: str, named: int) -> int:
        """Return the present revision of a resource from its revision before the first of them."""

    def load(self, address: str) -> Stored | None:
        """Return the resource at an address as it is now, or None."""

    def last(self, address: str) -> int:
        """Return the last revision that a resource ever had, also from one of them; 0 if none."""

    def made(self, address: str, revision: int) -> bool:
        """Return True if one of them made this revision."""


@dataclass(slots=True)
class AdminWrite:
    """A write in progress, in a transaction with the write lock.

    Attributes:
        at: In seconds since 1970.
        moment: The moment of the workspace after it; None until it is finished.
        outward: Makes each change at a vendor first; None if the settings live here.
        known_mark: The mark of the revision it is made from; None if the caller names none.
        together: The earlier writes of the same transaction; None for a write of its own.
    """

    connection: Connection
    caller: Caller
    at: int
    lease: Claim | None = None
    moment: Moment | None = None
    outward: Outward | None = None
    known_mark: str | None = None
    together: Others | None = None
    _mark: str = field(default_factory=moments.new_mark)
    _entries: list[audit_log.Entry] = field(default_factory=list)
    _loaded: Stored | None = None
    _gone: str | None = None

    def load(self, address: str, expected: int) -> Stored:
        """Load a resource at the expected revision; ApiError 404 if unknown, 412 with the changes since."""
        stored = self._stored(address)
        if stored is None:
            raise not_found()
        if self.together is not None:
            expected = self.together.now(address, expected)
        if stored.revision != expected:
            raise self._mismatch("revision_mismatch", stored, expected)
        if self._loaded is None and self.known_mark not in (None, self.mark_of(address, expected)):
            raise self._restored(stored)
        return self._about(stored)

    def mark_of(self, address: str, revision: int) -> str:
        """Return the mark of a resource's revision, which this write may have made."""
        made = any((entry.resource, entry.resource_revision) == (address, revision) for entry in self._entries)
        if made or (self.together is not None and self.together.made(address, revision)):
            return self._mark
        return moments.mark_of(self.connection, address, revision)

    def absent(self, address: str) -> Stored:
        """Return the place of a new resource; ApiError 412 if it exists."""
        stored = self._stored(address)
        if stored is not None:
            raise self._mismatch("already_exists", stored, 0)
        return self._about(Stored(address, 0, {}))

    def check_help_center(self, identifier: str) -> None:
        """Refuse an unknown Help Center, with ApiError 422."""
        if _HELP_CENTER.first(self.connection, identifier=identifier) is None:
            raise invalid_value(f"there is no Help Center {identifier}", "help_center")

    def replace(self, before: Stored, document: Mapping[str, Any], description: str) -> Stored:
        """Write a resource's new document, log it, and return the resource; equal documents change nothing."""
        if before.revision and store.same(before.document, document) and not self.unseen(before.address):
            return before
        if self.outward is not None:
            document = self.outward.make(before.address, before.document, document)
        last = before.revision or self._last_revision(before.address)
        after = Stored(before.address, last + 1, document)
        store.save(self.connection, after, is_new=not before.revision)
        self.log(audit_log.Entry(before.address, description, before.document, document, after.revision))
        return after

    def _last_revision(self, address: str) -> int:
        # What was written before in the same transaction is not in the log yet.
        if self.together is not None:
            return self.together.last(address)
        return audit_log.last_revision(self.connection, address)

    def _stored(self, address: str) -> Stored | None:
        return store.load(self.connection, address) if self.together is None else self.together.load(address)

    def unseen(self, address: str) -> bool:
        """Return True if the stored values of a resource have never been observed."""
        return self.outward is not None and self.outward.unseen(address)

    def remove_attribute(self, before: Stored, description: str) -> None:
        """Remove a data attribute and log it."""
        if self.outward is not None:
            self.outward.make(before.address, before.document, None)
        store.remove_attribute(self.connection, before.address)
        self.log(audit_log.Entry(before.address, description, before.document, {}, before.revision + 1))
        self._gone = before.address

    def log(self, entry: audit_log.Entry) -> None:
        """Record a change beside the settings resources."""
        self._entries.append(entry)

    def entries(self) -> Sequence[audit_log.Entry]:
        """Return the changes so far, in order."""
        return self._entries

    def effect(self) -> Effect:
        """Return the effect on the first resource loaded, or else on the first logged."""
        about = self._loaded or Stored(self._entries[0].resource, self._entries[0].resource_revision - 1, {})
        if self._gone == about.address:
            return Effect(about.address, about.revision, None)
        entries = [entry for entry in self._entries if entry.resource == about.address]
        return Effect(about.address, about.revision, entries[-1].resource_revision if entries else about.revision)

    def finish(self) -> None:
        """Count the write and store its entries; nothing without a change."""
        if self._entries:
            moments.move_on(self.connection, self._mark)
        self.moment = moments.current(self.connection)
        if self._entries:
            audit_log.write(self.connection, self._entries, caller=self.caller, at=self.at, moment=self.moment)

    def _about(self, stored: Stored) -> Stored:
        self._loaded = self._loaded or stored
        return stored

    @staticmethod
    def _restored(stored: Stored) -> ApiError:
        message = f"{stored.address} has another revision {stored.revision} than the one that was seen"
        data = {"current_revision": stored.revision, "changes": []}
        return ApiError(412, Problem("revision_mismatch", message, stored.address, data))

    def _mismatch(self, code: str, stored: Stored, expected: int) -> ApiError:
        message = (
            f"{stored.address} exists already"
            if code == "already_exists"
            else f"{stored.address} is at revision {stored.revision}, not {expected}"
        )
        changes = audit_log.changes_since(self.connection, stored.address, expected)
        data = {"current_revision": stored.revision, "changes": changes}
        return ApiError(412, Problem(code, message, stored.address, data))


@contextmanager
def admin_write(engine: Engine, caller: Caller, at: int, lease: Claim | None = None) -> Iterator[AdminWrite]:
    """Begin an admin write, committed as a whole or rolled back; ApiError 409 if its lease is not the live one."""
    with db.writing(engine) as connection:
        if lease is not None:
            leases.check(connection, lease, at)
        write = AdminWrite(connection, caller, at, lease)
        yield write
        write.finish()

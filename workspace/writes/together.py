"""Several steps of an apply in one transaction, all or none, counted as one write.

Each is checked as if alone, but their basis once, before the first. They name the revisions from before the first one;
a resource moved by an earlier step is taken from there.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workspace.database import engine as db
from workspace.database import store
from workspace.writes import audit_log, leases, moments
from workspace.writes.admin_write import AdminWrite

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Connection, Engine

    from workspace.database.store import Stored
    from workspace.writes.audit_log import Caller, Entry
    from workspace.writes.leases import Claim
    from workspace.writes.moments import Moment


@dataclass(slots=True)
class Together:
    """Steps in progress in a transaction with the write lock; `moment` is None until they are finished."""

    connection: Connection
    caller: Caller
    at: int
    lease: Claim
    moment: Moment | None = None
    _mark: str = field(default_factory=moments.new_mark)
    _entries: list[Entry] = field(default_factory=list)
    _began: dict[str, int] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)
    _unmoved: dict[str, Stored | None] = field(default_factory=dict)
    _logged: dict[str, int] = field(default_factory=dict)

    def look_up(self, attributes: Collection[str]) -> None:
        """Load data attributes that steps are about, by address, with two queries for all of them."""
        if attributes:
            self._unmoved = {**dict.fromkeys(attributes), **store.load_some_attributes(self.connection, attributes)}
            new = [address for address, stored in self._unmoved.items() if stored is None]
            self._logged = {**dict.fromkeys(new, 0), **audit_log.last_revisions(self.connection, new)}

    def load(self, address: str) -> Stored | None:
        """Return the resource at an address as it is now, or None."""
        if address in self._unmoved:
            return self._unmoved[address]
        return store.load(self.connection, address)

    def now(self, address: str, named: int) -> int:
        """Return the present revision of a resource from its revision before the first step."""
        return self._last[address] if self._began.get(address) == named else named

    def last(self, address: str) -> int:
        """Return the last revision that a resource ever had, also from a step; 0 if none."""
        before = self._logged.get(address)
        if before is None:
            before = audit_log.last_revision(self.connection, address)
        return max(before, self._last.get(address, 0))

    def made(self, address: str, revision: int) -> bool:
        """Return True if a step made this revision."""
        return self._last.get(address) == revision

    @contextmanager
    def step(self) -> Iterator[AdminWrite]:
        """Begin the next step."""
        write = AdminWrite(self.connection, self.caller, self.at, self.lease, together=self, _mark=self._mark)
        yield write
        for entry in write.entries():
            self._began.setdefault(entry.resource, entry.resource_revision - 1 if entry.before else 0)
            self._last[entry.resource] = entry.resource_revision
            self._unmoved.pop(entry.resource, None)
            self._entries.append(entry)

    def finish(self) -> None:
        """Count the steps and store their entries; nothing without a change."""
        if self._entries:
            moments.move_on(self.connection, self._mark)
        self.moment = moments.current(self.connection)
        if self._entries:
            audit_log.write(self.connection, self._entries, caller=self.caller, at=self.at, moment=self.moment)


@contextmanager
def together(engine: Engine, caller: Caller, at: int, lease: Claim) -> Iterator[Together]:
    """Begin steps; commit them as a whole, or roll them back on an error; ApiError 409 unless the lease is live."""
    with db.writing(engine) as connection:
        leases.check(connection, lease, at)
        write = Together(connection, caller, at, lease)
        yield write
        write.finish()

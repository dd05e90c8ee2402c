"""Several steps of an apply in one transaction: all or none.

Each is checked as if alone. Their basis is checked once, before the first: nobody else can write until the transaction
ends. The steps name the revisions from before the first one; a resource moved by an earlier step of the same
transaction is taken from there. The workspace counts them as one write.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import update

from workspace.database import engine as db
from workspace.database.tables import workspaces
from workspace.writes import audit_log, leases, moments
from workspace.writes.admin_write import AdminWrite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

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

    def now(self, address: str, named: int) -> int:
        """Return the present revision of a resource from its revision before the first step."""
        return self._last[address] if self._began.get(address) == named else named

    def last(self, address: str) -> int:
        """Return the last revision that a step gave a resource; 0 if none."""
        return self._last.get(address, 0)

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
            self._entries.append(entry)

    def finish(self) -> None:
        """Count the steps and store their entries; nothing without a change."""
        if self._entries:
            moved = {"revision": workspaces.c.revision + 1, "mark": self._mark}
            self.connection.execute(update(workspaces).values(moved))
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

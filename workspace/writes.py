"""One admin write: all of it in one transaction, checked against revisions, counted and logged once."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from workspace import activity, db, store
from workspace.errors import ApiError, Problem, not_found
from workspace.store import Stored
from workspace.tables import workspaces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, Engine

    from workspace.activity import Caller


@dataclass(slots=True)
class AdminWrite:
    """A write in progress.

    Attributes:
        connection: Its transaction; holds the write lock.
        caller: Who makes it.
        at: When, in seconds since 1970.
    """

    connection: Connection
    caller: Caller
    at: int
    _entries: list[activity.Entry] = field(default_factory=list)

    def load(self, address: str, expected: int) -> Stored:
        """Return a resource, which must be at the expected revision.

        Raises:
            ApiError: 404 where there is none; 412 with what was changed meanwhile.
        """
        stored = store.load(self.connection, address)
        if stored is None:
            raise not_found()
        if stored.revision != expected:
            raise self._mismatch("revision_mismatch", stored, expected)
        return stored

    def absent(self, address: str) -> Stored:
        """Return the place for a resource that must not exist yet.

        Raises:
            ApiError: 412 where it exists.
        """
        stored = store.load(self.connection, address)
        if stored is not None:
            raise self._mismatch("already_exists", stored, 0)
        return Stored(address, 0, {})

    def replace(self, before: Stored, document: Mapping[str, Any], description: str) -> Stored:
        """Write a resource's new document and log it; nothing happens where it is the same.

        Returns:
            The resource as it is now.
        """
        if before.revision and store.same(before.document, document):
            return before
        after = Stored(before.address, before.revision + 1, document)
        store.save(self.connection, after)
        self.log(activity.Entry(before.address, description, before.document, document, after.revision))
        return after

    def log(self, entry: activity.Entry) -> None:
        """Take note of a change that was made beside the settings resources."""
        self._entries.append(entry)

    def finish(self) -> None:
        """Count the write and write its entries down; nothing happens where nothing was changed."""
        if not self._entries:
            return
        self.connection.execute(update(workspaces).values(revision=workspaces.c.revision + 1))
        revision = self.connection.execute(select(workspaces.c.revision)).scalar_one()
        for entry in self._entries:
            activity.write(self.connection, entry, caller=self.caller, at=self.at, revision=revision)

    def _mismatch(self, code: str, stored: Stored, expected: int) -> ApiError:
        message = (
            f"{stored.address} exists already"
            if code == "already_exists"
            else f"{stored.address} is at revision {stored.revision}, not {expected}"
        )
        changes = activity.changes_since(self.connection, stored.address, expected)
        data = {"current_revision": stored.revision, "changes": changes}
        return ApiError(412, Problem(code, message, stored.address, data))


@contextmanager
def admin_write(engine: Engine, caller: Caller, at: int) -> Iterator[AdminWrite]:
    """Begin an admin write; it is committed as a whole, or not at all if an error leaves it."""
    with db.writing(engine) as connection:
        # Databases that lock by row: every admin write waits for this one.
        connection.execute(select(workspaces.c.id).with_for_update()).all()
        write = AdminWrite(connection, caller, at)
        yield write
        write.finish()

"""Moments: the identity of a workspace, its revision, and its history; a caller with one of another history is refused.

The lineage is made once with the database, a mark with each revision: a restored one repeats numbers, not marks.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.database.prepared import Prepared
from workspace.database.tables import activity, workspaces

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEADER = "Portal-Moment"
_FORM = re.compile(r"\s*([0-9a-z]{1,40})/([0-9]{1,10})-([0-9a-z]{1,40})\s*", re.ASCII)
# Asked with every write, some of them twice.
_WORKSPACE = Prepared(select(workspaces.c.lineage, workspaces.c.revision, workspaces.c.mark))
_MARK = Prepared(select(activity.c.mark).where(activity.c.revision == bindparam("revision")).limit(1), "revision")

_MOVE_ON = update(workspaces).values(revision=workspaces.c.revision + 1, mark=bindparam("next_mark"))
_MARK_OF = Prepared(
    select(activity.c.mark)
    .where(activity.c.resource == bindparam("resource"), activity.c.resource_revision == bindparam("revision"))
    .order_by(activity.c.id.desc())
    .limit(1),
    *("resource", "revision"),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of one workspace; the lineage is random by database, the mark by write."""

    lineage: str
    revision: int
    mark: str

    def __str__(self) -> str:
        return f"{self.lineage}/{self.revision}-{self.mark}"


def new_lineage() -> str:
    """Return the lineage of a new workspace; it is also the mark of its first revision."""
    return secrets.token_hex(8)


def new_mark() -> str:
    """Return the mark of a new revision."""
    return secrets.token_hex(6)


def parse(text: str | None) -> Moment | None:
    """Parse a `Portal-Moment` header, None if absent; ApiError 400 if malformed."""
    if text is None:
        return None
    match = _FORM.fullmatch(text)
    if match is None:
        raise invalid_parameter(f"{HEADER} is a moment as an answer gives it: 3f9c/41-a07b", HEADER)
    return Moment(match[1], int(match[2]), match[3])


def move_on(connection: Connection, mark: str) -> None:
    """Begin the next revision, with its mark."""
    connection.execute(_MOVE_ON, {"next_mark": mark})


def of_row(row: Any) -> Moment:
    """Return the moment in a row of the table of workspaces."""
    return Moment(row.lineage, row.revision, row.mark)


def current(connection: Connection) -> Moment:
    """Return the moment that a transaction sees."""
    return of_row(_WORKSPACE.first(connection))


def require(connection: Connection, known: Moment) -> Moment:
    """Return the current moment; ApiError 412 for a known one of another, a restored or a lagging workspace."""
    now = current(connection)
    if known.lineage != now.lineage:
        message = f"this is another workspace: its lineage is {now.lineage}, not {known.lineage}"
        raise _refused("workspace_another", message, now)
    if known.revision > now.revision:
        message = f"this is revision {now.revision}, before revision {known.revision}, which was seen already"
        raise _refused("workspace_behind", message, now)
    if known.mark != _mark(connection, now, known.revision):
        message = f"revision {known.revision} is not the one that was seen: the workspace was restored from a backup"
        raise _refused("workspace_restored", message, now)
    return now


def mark_of(connection: Connection, address: str, revision: int) -> str:
    """Return the mark of a resource's revision."""
    row = _MARK_OF.first(connection, resource=address, revision=revision)
    # What came with the workspace has no entry.
    return current(connection).lineage if row is None else row.mark


def _mark(connection: Connection, now: Moment, revision: int) -> str:
    if revision == now.revision:
        return now.mark
    row = _MARK.first(connection, revision=revision)
    # What came before the first write has no entry.
    return now.lineage if row is None else row.mark


def _refused(code: str, message: str, now: Moment) -> ApiError:
    return ApiError(412, Problem(code, message, HEADER, {"current_revision": now.revision, "changes": []}))

"""The mirror: a vendor's people in this workspace's tables, page by page.

People whom a complete sweep did not see are gone; one that cannot reach its end removes nobody. Increments read the
changes since, and two days before. A page is one transaction with the next place: a killed process loses one at most.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from workspace.core.clock import iso
from workspace.core.errors import ApiError
from workspace.database import engine as db
from workspace.database.tables import contacts, mirrored_companies, mirrored_people, mirrors
from workspace.upstream.mirror import granted, rows
from workspace.upstream.protocol import Incomplete, MirroredAttributes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from workspace.upstream.protocol import People, Upstream

DAY = 86_400
OVERLAP = 2 * DAY
"""The vendor compares moments by days, in a timezone of its choice: so much more is asked for than is wanted."""
SWEEP_EVERY = DAY
IDLE, COMPANIES, PEOPLE, PARTLY, CHANGES = "idle", "companies", "people", "partly", "changes"
"""The phases of work; `partly`: people, after companies that could not be read to the end."""
_ONE = 1
_FEW = 5


@dataclass(frozen=True, slots=True)
class State:
    """The progress of the mirror. Moments are seconds since 1970.

    Attributes:
        sweep: The number of the newest complete sweep begun.
        fresh_at: The moment from which nothing is missing; None before the first complete sweep.
        reason: Why the last sweep is incomplete; None if it is complete.
    """

    sweep: int = 0
    phase: str = IDLE
    cursor: str | None = None
    begun_at: int | None = None
    fresh_at: int | None = None
    swept_at: int | None = None
    total: int | None = None
    reason: str | None = None
    attributes: MirroredAttributes = field(default_factory=MirroredAttributes)

    @property
    def complete(self) -> bool:
        """True if everybody was read and nothing is under way."""
        return self.swept_at is not None and self.reason is None and self.phase in {IDLE, CHANGES}

    def is_fresh(self, desired: MirroredAttributes, moment: int, seconds: int) -> bool:
        """Return True if everybody was read in the last `seconds`, with all desired attributes."""
        kept = desired.person <= self.attributes.person and desired.company <= self.attributes.company
        recent = self.fresh_at is not None and moment - self.fresh_at <= seconds
        return kept and recent and self.complete and self.phase == IDLE


def load(connection: Connection) -> State:
    """Load the progress of the mirror."""
    row = connection.execute(select(mirrors)).first()
    if row is None:
        return State()
    desired = MirroredAttributes(frozenset(row.wanted["person"]), frozenset(row.wanted["company"]))
    names = ("sweep", "phase", "cursor", "begun_at", "fresh_at", "swept_at", "total", "reason")
    return State(**{name: getattr(row, name) for name in names}, attributes=desired)


def document(connection: Connection) -> dict[str, Any]:
    """Return the progress of the mirror for an answer."""
    state = load(connection)
    return {
        "complete": state.complete,
        "as_of": None if state.fresh_at is None else iso(state.fresh_at),
        "swept_at": None if state.swept_at is None else iso(state.swept_at),
        "phase": state.phase,
        "reason": state.reason,
        "people": _count(connection, mirrored_people),
        "of": state.total,
        "companies": _count(connection, mirrored_companies),
        "incomplete_people": _count(connection, mirrored_people, mirrored_people.c.missing.is_not(None)),
        "odd_values": _count(connection, mirrored_people, mirrored_people.c.odd.is_not(None)),
        "form_companies": _count(connection, mirrored_companies, mirrored_companies.c.made_by_form),
        "shared_emails": _shared_emails(connection),
        "grants": granted.standing(connection),
        "attributes": {"person": sorted(state.attributes.person), "company": sorted(state.attributes.company)},
    }


def _count(connection: Connection, table: Any, *where: Any) -> int:
    return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def _shared_emails(connection: Connection) -> int:
    several = (
        select(contacts.c.email_folded)
        .where(contacts.c.email_folded.is_not(None))
        .group_by(contacts.c.email_folded)
        .having(func.count() > 1)
        .subquery()
    )
    return connection.execute(select(func.count()).select_from(several)).scalar_one()


class Mirror:
    """Keeps the people of an upstream in a database."""

    def __init__(self, engine: Engine, upstream: Upstream) -> None:
        self._engine, self._upstream = engine, upstream

    def refresh(
        self, desired: MirroredAttributes, moment: int, *, whole: bool = False, seconds: float | None = None
    ) -> State:
        """Bring the mirror up to date, or a part of the way there; return the progress, `phase` `idle` when finished.

        A new desired attribute, or `whole`, begins a complete sweep. `seconds` is the time to work, at least one page.
        ApiError if the vendor could not be asked; mirrored people stay.
        """
        ends = None if seconds is None else time.monotonic() + seconds
        state = self._begin(desired, moment, whole=whole)
        people = self._upstream.people(state.attributes)
        for _ in self._pages(people, state):
            if ends is not None and time.monotonic() >= ends:
                break
        with db.reading(self._engine) as connection:
            return load(connection)

    def _begin(self, desired: MirroredAttributes, moment: int, *, whole: bool) -> State:
        """Return the work to continue, or to begin."""
        with db.writing(self._engine) as connection:
            state = load(connection)
            new = not (desired.person <= state.attributes.person and desired.company <= state.attributes.company)
            if state.phase != IDLE and not new:
                return state if state.phase == PARTLY else replace(state, reason=None)
            old = state.swept_at is None or moment - state.swept_at >= SWEEP_EVERY
            if whole or new or old or state.reason is not None:
                begun = replace(state, sweep=state.sweep + 1, phase=COMPANIES, attributes=desired)
            else:
                begun = replace(state, phase=CHANGES)
            begun = replace(begun, cursor=None, begun_at=moment, reason=None)
            keep(connection, begun)
            return begun

    def _pages(self, people: People, state: State) -> Iterator[None]:
        """Work page by page, yielding after each."""
        try:
            if state.phase == COMPANIES:
                yield from self._companies(people, state)
                with db.reading(self._engine) as connection:
                    state = load(connection)
            if state.phase == CHANGES:
                yield from self._changes(people, state)
            else:
                yield from self._everybody(people, state)
        except Incomplete as problem:
            self._note(replace(state, phase=IDLE, cursor=None, reason=problem.reason))
        except ApiError as problem:
            self._note_failure(problem)
            raise

    def _companies(self, people: People, state: State) -> Iterator[None]:
        tags = people.tags()
        with db.writing(self._engine) as connection:
            rows.keep_tags(connection, tags)
        after = replace(state, phase=PEOPLE, cursor=None)
        try:
            for page, cursor in people.companies(state.cursor):
                with db.writing(self._engine) as connection:
                    rows.keep_companies(connection, page, state.sweep)
                    keep(connection, replace(state, cursor=cursor))
                yield
        except Incomplete as problem:
            # People tell of their companies themselves; nobody is removed in the end.
            after = replace(after, phase=PARTLY, reason=problem.reason)
        self._note(after)

    def _everybody(self, people: People, state: State) -> Iterator[None]:
        yield from self._walk(people, state, None)
        with db.writing(self._engine) as connection:
            now = replace(load(connection), phase=IDLE, cursor=None)
            seen = _count(connection, mirrored_people, mirrored_people.c.sweep == state.sweep)
            total = now.total or 0
            if seen + max(_FEW, total // 100) < total:
                keep(connection, replace(now, reason=f"the vendor counts {total} people and gave {seen}"))
            elif state.phase == PARTLY:
                keep(connection, now)
            else:
                rows.remove_unseen(connection, state.sweep)
                begun = state.begun_at
                keep(connection, replace(now, fresh_at=begun, swept_at=begun, reason=None))

    def _changes(self, people: People, state: State) -> Iterator[None]:
        since = (state.fresh_at or 0) - OVERLAP
        gone = people.gone(since)
        yield from self._walk(people, state, since)
        with db.writing(self._engine) as connection:
            rows.remove(connection, gone or ())
            keep(connection, replace(load(connection), phase=IDLE, cursor=None, fresh_at=state.begun_at, reason=None))

    def _walk(self, people: People, state: State, since: int | None) -> Iterator[None]:
        """Read the pages of everybody, or of those changed since a moment, from the cursor on."""
        cursor, seen = state.cursor, set[str]()
        while True:
            page = people.page(cursor, since)
            # Asked by days, filtered by seconds: what lies before is known already.
            fitting = [person for person in page.people if since is None or person.updated_at >= since]
            if page.cursor is not None and page.cursor in seen:
                raise Incomplete("the vendor gave the same page of people twice")
            seen.add(page.cursor or "")
            with db.writing(self._engine) as connection:
                rows.keep_people(connection, people, fitting, state.sweep)
                total = page.total if since is None else state.total
                keep(connection, replace(state, cursor=page.cursor, total=total))
            cursor = page.cursor
            if cursor is None:
                # What follows the last page belongs to it: nobody stops in between.
                return
            yield

    def _note(self, state: State) -> None:
        with db.writing(self._engine) as connection:
            keep(connection, state)

    def _note_failure(self, problem: ApiError) -> None:
        refused = problem.problems[0].code == "upstream_refused"
        with db.writing(self._engine) as connection:
            state = replace(load(connection), reason=str(problem))
            # A cursor ends with the time: what was refused is begun again at the first page.
            keep(connection, replace(state, cursor=None) if refused else state)


def forget(engine: Engine) -> None:
    """Remove everybody from the database, and from its file."""
    with db.writing(engine) as connection:
        rows.remove_all(connection)
        connection.execute(delete(mirrors))
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            raw = connection.connection.driver_connection
            # Deleted rows stay in the file, and in its log, until both are written anew.
            raw.execute("VACUUM")  # type: ignore[union-attr]
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]


def keep(connection: Connection, state: State) -> None:
    """Store the progress."""
    values = {
        **{name: getattr(state, name) for name in ("sweep", "phase", "cursor", "begun_at", "fresh_at", "swept_at")},
        "total": state.total,
        "reason": state.reason,
        "wanted": {"person": sorted(state.attributes.person), "company": sorted(state.attributes.company)},
    }
    if connection.execute(update(mirrors).values(values)).rowcount == 0:
        connection.execute(insert(mirrors).values(id=_ONE, **values))

"""Tasks as they are kept, and as they stand in an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, or_, select, update

from workspace.core.clock import iso
from workspace.database.tables import attestations as said
from workspace.database.tables import receipts, tasks
from workspace.upstream import capabilities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

    from workspace.writes.steps import ReceiptName

_NUMBER = re.compile(r"T([1-9][0-9]{0,8})", re.ASCII)
MOST = 200
"""The most tasks, or attestations, of one answer."""
DAY = 86_400
_RECEIPT = select(receipts.c.id).where(receipts.c.number == tasks.c.receipt).scalar_subquery()
_TASKS = select(tasks, _RECEIPT.label("receipt_id"))


class State(StrEnum):
    """The state of a task."""

    OPEN = "open"
    DONE = "done"
    CONTRADICTED = "contradicted"
    """The observation or the read-back is another than expected; nothing is marked done."""
    ABANDONED = "abandoned"


STATES = tuple(State)


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy of a confirmation: days that a word counts, number of people, and the author, whose word does not."""

    days: int = 90
    people: int = 1
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A person's part on one screen, shown as `T3`. Moments are seconds since 1970.

    Attributes:
        receipt: The number of its apply's receipt, with a step; None outside an apply. `receipt_id` is for people.
        before: All values of the resource; meaningless unless `before_known`.
        screen: Its place, the values to enter, the read-back.
        noted: A person's note of the previous value, with author and time.
        confirmations: So far, each with author and evidence; `ended_why` is the reason, if it is not done.
        released_at: The end of its apply's hold.
    """

    number: int
    receipt: int | None
    step: str | None
    address: str
    fields: tuple[str, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    before_known: bool
    state: State
    opened_at: int
    opened_by: str
    screen: Mapping[str, Any]
    reason: Mapping[str, Any] | None
    policy: Policy
    noted: Mapping[str, Any] | None
    confirmations: Sequence[Mapping[str, Any]]
    ended_at: int | None
    ended_by: str | None
    ended_why: str | None
    released_at: int | None
    receipt_id: str | None

    @property
    def name(self) -> str:
        """The name for people."""
        return f"T{self.number}"

    @property
    def names(self) -> list[str]:
        """Its fields as a file calls them."""
        names = (capabilities.field_of(self.address, name) for name in self.fields)
        return list(dict.fromkeys(name for name in names if name is not None))

    def document(self) -> dict[str, Any]:
        """Return the task as it stands in an answer."""
        return {
            "id": self.name,
            "state": self.state.value,
            "address": self.address,
            "fields": self.names,
            "receipt": self.receipt_id,
            "step": self.step,
            "opened_at": iso(self.opened_at),
            "opened_by": self.opened_by,
            "screen": dict(self.screen),
            "reason": self.reason,
            "before": {
                "known": self.before_known,
                "values": {name: self.before.get(name) for name in self.fields},
                "noted": self.noted,
            },
            "after": {name: self.after.get(name) for name in self.fields},
            "policy": {"days": self.policy.days, "people": self.policy.people, "author": self.policy.author},
            "confirmations": list(self.confirmations),
            "ended_at": None if self.ended_at is None else iso(self.ended_at),
            "ended_by": self.ended_by,
            "why": self.ended_why,
        }


def number(text: str) -> int | None:
    """Parse the number of a task as in `T3`; None for another text."""
    match = _NUMBER.fullmatch(text)
    return int(match[1]) if match else None


def of_row(row: Row[Any]) -> Task:
    """Return the task that a row of its table is."""
    values = dict(row._mapping)
    return Task(
        **{**values, "state": State(row.state), "fields": tuple(row.fields), "policy": Policy(**row.policy)},
    )


def find(connection: Connection, which: int) -> Task | None:
    """Return a task, or None."""
    row = connection.execute(_TASKS.where(tasks.c.number == which)).first()
    return None if row is None else of_row(row)


def listed(connection: Connection, desired: Mapping[str, Any], receipt: ReceiptName | None = None) -> list[Task]:
    """Return the newest tasks with these values, newest first; of one apply, if named."""
    query = _TASKS.where(*(tasks.c[name] == value for name, value in desired.items()))
    if receipt is not None:
        named = receipts.c.number == receipt.number if receipt.id is None else receipts.c.id == receipt.id
        query = query.where(tasks.c.receipt.in_(select(receipts.c.number).where(named)))
    return [of_row(row) for row in connection.execute(query.order_by(tasks.c.number.desc()).limit(MOST))]


def between(connection: Connection, since: int) -> list[Task]:
    """Return the tasks that are open, or that were done after a moment."""
    here = tasks.c.state == State.OPEN.value, (tasks.c.state == State.DONE.value) & (tasks.c.ended_at >= since)
    return [of_row(row) for row in connection.execute(_TASKS.where(or_(*here)))]


def newest_of(connection: Connection, receipt: int) -> Task | None:
    """Return the newest task of an apply, or None."""
    query = _TASKS.where(tasks.c.receipt == receipt).order_by(tasks.c.number.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else of_row(row)


def open_at(connection: Connection, address: str) -> Task | None:
    """Return the open task about a resource, or None."""
    row = connection.execute(_TASKS.where(tasks.c.address == address, tasks.c.state == State.OPEN.value)).first()
    return None if row is None else of_row(row)


def add(connection: Connection, values: Mapping[str, Any]) -> Task:
    """Keep a new task."""
    newest = connection.execute(select(func.max(tasks.c.number))).scalar() or 0
    connection.execute(insert(tasks).values(number=newest + 1, **values))
    return _task(connection, newest + 1)


def change(connection: Connection, task: Task, **values: Any) -> Task:
    """Change columns of a task."""
    connection.execute(update(tasks).where(tasks.c.number == task.number).values(**values))
    return _task(connection, task.number)


def _task(connection: Connection, which: int) -> Task:
    return of_row(connection.execute(_TASKS.where(tasks.c.number == which)).one())


def attestations(connection: Connection, desired: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the newest attestations with these values for an answer, newest first."""
    query = select(said).where(*(said.c[name] == value for name, value in desired.items()))
    return [_word(row) for row in connection.execute(query.order_by(said.c.number.desc()).limit(MOST))]


def _word(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": f"A{row.number}",
        "task": None if row.task is None else f"T{row.task}",
        "address": row.address,
        "field": row.field,
        "value_digest": row.value_digest,
        "method": row.method,
        "by": list(row.by_names),
        "at": iso(row.at),
        "until": iso(row.until),
        "read_back": row.read_back,
        "note": row.note,
    }

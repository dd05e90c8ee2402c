"""People who gain or lose access between two views, counted and sampled: five statements for any number of people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import select

from workspace.access import readers
from workspace.access.comparison_sql import STATE, USERS, statement
from workspace.access.states import CLASSES, COMPANY_CLASSES, STATE_CLASSES, State
from workspace.core.folding import folded
from workspace.database import who
from workspace.database.prepared import Prepared
from workspace.database.tables import workspaces
from workspace.people.directory import Person, named
from workspace.rules.sql import query_of_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from sqlalchemy import Connection, Select

    from workspace.access.readers import Changed
    from workspace.access.view import View
    from workspace.rules.sql import Query

Member = TypeVar("Member", Person, str)


@dataclass(frozen=True, slots=True)
class Reach:
    """The reach of a view: people with access, and those of them who see only the tickets they created."""

    count: int
    own_only: int


@dataclass(frozen=True, slots=True)
class Sampled(Generic[Member]):
    """The size of a class, a sample in order, and a digest of all its members."""

    count: int
    sample: tuple[Member, ...]
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The impact of replacing one view by another, on all users who are not archived.

    Attributes:
        classes: By `CLASSES`: people who gain or lose access; who see more than their own tickets, or one company's
            more; the reverse; who have access without a company, own or granted.
        companies: By `COMPANY_CLASSES`: companies whose tickets somebody sees company-wide only after, or only before.
    """

    people: int
    before: Reach
    after: Reach
    classes: dict[str, Sampled[Person]]
    companies: dict[str, Sampled[str]]

    def document(self) -> dict[str, Any]:
        """Return the comparison as the admin API answers it."""
        reaches = {"before": self.before, "after": self.after}
        return {
            "people": self.people,
            **{name: {"count": reach.count, "own_only": reach.own_only} for name, reach in reaches.items()},
            **{
                name: {"count": class_.count, "sample": [person.document() for person in class_.sample]}
                | ({"digest": class_.digest} if name in STATE_CLASSES else {})
                for name, class_ in self.classes.items()
            },
            **{
                name: {"count": company.count, "sample": list(company.sample)}
                for name, company in self.companies.items()
            },
        }


_DIGEST_KEY = Prepared(select(workspaces.c.digest_key))


@lru_cache(maxsize=64)
def _statement(before: View, after: View, query: Query, sample: int, key: str, *, changed: Changed) -> Select[Any]:
    # To make it takes longer than to ask it of few people, and portals of a fleet often mean the same.
    return statement(before, after, query, sample, key, changed=changed)


def compare(connection: Connection, before: View, after: View, today: date, sample: int = 5) -> Comparison:
    """Compare two views; `today` is in UTC, `sample` the most members of each class to name."""
    states: dict[State, int] = {}
    ids: dict[str, list[str]] = {name: [] for name in CLASSES}
    companies_found: dict[str, list[str]] = {name: [] for name in COMPANY_CLASSES}
    counts = dict.fromkeys((*CLASSES, *COMPANY_CLASSES), 0)
    totals = dict.fromkeys(STATE_CLASSES, 0)
    users = 0
    key = _DIGEST_KEY.scalar(connection)
    query = query_of_all(connection, (*before.rules(), *after.rules()), today)
    changed = readers.changed_by(connection, before.regranted, after.regranted)
    for row in connection.execute(_statement(before, after, query, sample, key, changed=changed)):
        if row.kind == USERS:
            users = row.members
        elif row.kind == STATE:
            states[State(row.state)] = row.members
            for name in State(row.state).classes():
                totals[name] += int(row.total)
        else:
            (ids if row.kind in ids else companies_found)[row.kind].append(row.name)
            counts[row.kind] = row.members or 0
    for state, members in states.items():
        for name in state.classes():
            counts[name] += members
    people = {
        person.id: person for person in named(connection, sorted({text for some in ids.values() for text in some}))
    }
    return Comparison(
        people=users,
        before=_reach(states, State.OPENS_BEFORE, State.OWN_BEFORE),
        after=_reach(states, State.OPENS_AFTER, State.OWN_AFTER),
        classes={
            name: Sampled(
                counts[name],
                _in_order(people[text] for text in some)[:sample],
                who.digest(key, name, counts[name], totals.get(name, 0)),
            )
            for name, some in ids.items()
        },
        companies={name: Sampled(counts[name], tuple(sorted(some)[:sample])) for name, some in companies_found.items()},
    )


def _reach(states: Mapping[State, int], opens: State, own: State) -> Reach:
    return Reach(
        count=sum(members for state, members in states.items() if opens in state),
        own_only=sum(members for state, members in states.items() if own in state),
    )


def _in_order(people: Iterable[Person]) -> tuple[Person, ...]:
    return tuple(sorted(people, key=lambda person: (person.email is None, folded(person.email or ""), person.id)))

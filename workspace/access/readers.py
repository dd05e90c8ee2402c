"""Companies whose tickets people read once inside, their own and granted ones; and the statements of these tickets.

No rule sees grants: a grant opens the portal to nobody, and shows more to people inside.
"""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    String,
    and_,
    bindparam,
    case,
    column,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    union,
    union_all,
    values,
)

from workspace.access.states import State
from workspace.database.tables import companies, granted_companies, memberships, ticket_types, tickets
from workspace.rules.sql import PERSON, Probed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import CTE, ColumnElement, CompoundSelect, Connection, FromClause, Select, Table

    from workspace.rules.sql_values import Where

READERS = (memberships, granted_companies)
"""The ties by which people read the tickets of companies: membership or grant."""

SHOWN_CATEGORY = "customer"
SHARED_CATEGORY = "back-office"
"""Tickets of these categories reach customers, the second only when shared; those of any other never do."""

_PORTION = 1000


@dataclass(frozen=True, slots=True)
class Regranted:
    """People with changed grants, and all their grants after the change, by the workspace's own ids."""

    people: frozenset[str] = frozenset()
    pairs: frozenset[tuple[str, str]] = frozenset()

    def of(self, person: str) -> list[str] | None:
        """Return a person's grants after the change, in order; None for an unchanged person."""
        return sorted(company for text, company in self.pairs if text == person) if person in self.people else None

    def rows(self, name: str) -> CTE:
        """Return the pairs as rows with a `contact_id` and a `company_id`; at least one pair."""
        named = (column(item, String()) for item in ("contact_id", "company_id"))
        return values(*named, name=name).data(sorted(self.pairs)).cte(name)

    def lacks(self, person: ColumnElement[str], rows: FromClause) -> Iterator[Where]:
        """Yield the conditions that the person of a row reads no company."""
        # One condition for each table, and no `or`: only such become joins.
        member, granted = (exists().where(table.c.contact_id == person).correlate(rows) for table in READERS)
        yield not_(member)
        if not self.people:
            yield not_(granted)
            return
        yield not_(and_(granted, person.not_in(sorted(self.people))))
        yield person.not_in(sorted({text for text, _ in self.pairs}))


AS_THEY_ARE = Regranted()

Changed = tuple[frozenset[str], frozenset[str]]
"""The ids of people who are granted a company more, and of those who are granted one less."""
NOBODY: Changed = frozenset(), frozenset()


def flag(condition: Where) -> ColumnElement[int]:
    """Return a condition as 1 or 0, never null."""
    return case((condition, literal_column("1")), else_=literal_column("0"))


def companies_read(person: str, regranted: Regranted) -> Select[str]:
    """Return the statement that selects the ids of the companies that one person reads."""
    belongs, granted = (select(table.c.company_id).where(table.c.contact_id == person) for table in READERS)
    others = regranted.of(person)
    key = companies.c.id
    return select(key).where(or_(key.in_(belongs), key.in_(granted if others is None else others)))


def seen(states: CTE, wide: tuple[Where, Where], sides: tuple[Regranted, Regranted]) -> Select[str, int, int]:
    """Return the statement of the companies of `states`' people, with 1 or 0 for each side with a reader.

    `wide` are the conditions for more than own tickets, `sides` the changed grants, both before and after.
    """

    def kept(index: int) -> Where:
        people = sides[index].people
        return and_(wide[index], states.c.id.not_in(sorted(people))) if people else wide[index]

    parts = [_seen(states, memberships, wide), _seen(states, granted_companies, (kept(0), kept(1)))]
    only = (wide[0], false()), (false(), wide[1])
    for name, side, pair in zip(("granted_before", "granted_after"), sides, only, strict=True):
        if side.pairs:
            parts.append(_seen(states, side.rows(name), pair))
    each = union_all(*parts).subquery("each")
    highest = (func.max(each.c[name]).label(name) for name in ("before", "after"))
    return select(each.c.company_id, *highest).group_by(each.c.company_id)


def _seen(states: CTE, readers: FromClause, wide: tuple[Where, Where]) -> Select[str, int, int]:
    before, after = (func.max(flag(condition)) for condition in wide)
    return (
        select(readers.c.company_id, before.label("before"), after.label("after"))
        .join(states, Probed(states.c.id) == readers.c.contact_id)
        .group_by(readers.c.company_id)
    )


def marked(statement: Select[Any], changed: Changed) -> Select[Any]:
    """Return the people of a statement with their `state`, marked for changed grants."""
    subquery = statement.subquery("unmarked")
    return select(
        subquery.c.id, subquery.c.email_folded, with_marks(subquery.c.state, subquery.c.id, changed).label("state")
    )


def with_marks(state: ColumnElement[int], person: ColumnElement[str], changed: Changed) -> ColumnElement[int]:
    """Return a person's state, marked for changed grants."""
    bits = zip(changed, (State.MORE, State.LESS), strict=True)
    marks = (case((person.in_(sorted(ids)), int(bit)), else_=0) for ids, bit in bits if ids)
    return functools.reduce(operator.add, marks, state)


def changed_by(connection: Connection, before: Regranted, after: Regranted) -> Changed:
    """Return the people who are granted a company more, and those with one less."""
    return change(connection, before, after) if before.people or after.people else NOBODY


def change(connection: Connection, before: Regranted, after: Regranted) -> Changed:
    """Return the people who gain a company to read, and those who lose one."""
    people = before.people | after.people
    belongs, granted = (_pairs_of(connection, table, people) for table in READERS)
    more, less = set(), set()
    for person in people:
        then, now = (
            belongs[person] | (granted[person] if person not in regranted.people else set(regranted.of(person) or ()))
            for regranted in (before, after)
        )
        if now - then:
            more.add(person)
        if then - now:
            less.add(person)
    return frozenset(more), frozenset(less)


def _pairs_of(connection: Connection, table: Table, people: Collection[str]) -> dict[str, set[str]]:
    companies_of: dict[str, set[str]] = defaultdict(set)
    queries = sorted(people)
    for portion in (queries[start : start + _PORTION] for start in range(0, len(queries), _PORTION)):
        theirs = select(table.c.contact_id, table.c.company_id).where(table.c.contact_id.in_(portion))
        for row in connection.execute(theirs):
            companies_of[row.contact_id].add(row.company_id)
    return companies_of


# --- their tickets ---------------------------------------------------------------------------------


@functools.cache
def companies_inside() -> CompoundSelect[str]:
    """Return the statement that selects the ids of the companies that `PERSON` reads, once inside."""
    return union(*(select(table.c.company_id).where(table.c.contact_id == PERSON) for table in READERS))


@functools.cache
def tickets_inside(*, own_only: bool) -> Select[Any]:
    """Return the statement that selects all columns of `tickets` for those that `PERSON` sees, once inside."""
    own = tickets.c.contact_id == PERSON
    if own_only:
        return select(tickets).where(own, for_customers())
    created = select(tickets.c.id).where(own)
    of_companies = (
        select(tickets.c.id).join(table, table.c.company_id == tickets.c.company_id).where(table.c.contact_id == PERSON)
        for table in READERS
    )
    # Branches, each with its index: of an `or` PostgreSQL makes a look at all tickets.
    return select(tickets).where(tickets.c.id.in_(union(created, *of_companies)), for_customers())


@functools.cache
def ticket_inside(*, own_only: bool) -> Select[Any]:
    """Return the same as `tickets_inside`, for the ticket of the parameter `number`: whose it is, it says itself."""
    own = tickets.c.contact_id == PERSON
    whose = own if own_only else or_(own, tickets.c.company_id.in_(companies_inside()))
    return select(tickets).where(tickets.c.number == bindparam("number"), whose, for_customers())


@functools.cache
def ticket_parts(companies: int, *, own_only: bool) -> tuple[Select[Any], ...]:
    """Return the tickets of `tickets_inside` in parts: created by `PERSON`, and of each company, `company_0` and so on.

    A ticket may be in two parts. An index has each part in the order of updates: its newest cost the same among many.
    """
    own = select(tickets).where(tickets.c.contact_id == PERSON, for_customers())
    if own_only:
        return (own,)
    read = companies_inside()
    named = (bindparam(f"company_{number}", type_=String()) for number in range(companies))
    # A company that the person does not read has no tickets for them, whoever names it.
    return (own, *(select(tickets).where(tickets.c.company_id == one, one.in_(read), for_customers()) for one in named))


def for_customers() -> Where:
    """Return the condition on rows of `tickets` for tickets that are for customers."""

    def category(name: str) -> Where:
        return tickets.c.type_id.in_(select(ticket_types.c.id).where(ticket_types.c.category == name))

    return or_(category(SHOWN_CATEGORY), and_(category(SHARED_CATEGORY), tickets.c.is_shared))

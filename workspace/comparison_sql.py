"""The statement behind a comparison of two views.

The database notes for each person who can open the portal before or after, as the bits of one number, how they stand:
their state. All else is arithmetic on few states. Where indexes lead to the people of both audiences, nobody else is
looked at. Otherwise SQLite asks all users in one pass; PostgreSQL joins what it finds for each rule, which it plans
better by itself than as one of many answers about a row.
"""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CTE,
    Integer,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)

from workspace.access import flag, is_user
from workspace.directory import company_name
from workspace.rule_sql import finds_people, found_by_index, holds_for_person, needs_company
from workspace.tables import companies, contacts, memberships

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select

    from workspace.access import Audience, View
    from workspace.rule_sql import Asked
    from workspace.rules import Rule

CLASSES = ("gained", "lost", "sees_more", "sees_less", "without_company")
COMPANY_CLASSES = ("companies_gained", "companies_lost")
STATE = "state"
"""The `kind` of the rows that count the people of one state."""
USERS = "users"
"""The `kind` of the row that counts all who are to be let in or not."""


class State(IntFlag):
    """What is so for one person, before and after."""

    OPENS_BEFORE = 1
    OWN_BEFORE = 2
    OPENS_AFTER = 4
    OWN_AFTER = 8
    LONELY = 16
    """Will open the portal and belongs to no company."""

    @property
    def wide_before(self) -> bool:
        """Whether the person saw the tickets of all their companies."""
        return State.OPENS_BEFORE in self and State.OWN_BEFORE not in self

    @property
    def wide_after(self) -> bool:
        """Whether the person will see the tickets of all their companies."""
        return State.OPENS_AFTER in self and State.OWN_AFTER not in self

    def classes(self) -> Iterator[str]:
        """Yield the classes that the person falls into, of those in `CLASSES`."""
        before, after = State.OPENS_BEFORE in self, State.OPENS_AFTER in self
        if after and not before:
            yield "gained"
        if before and not after:
            yield "lost"
        if before and self.wide_after and not self.wide_before:
            yield "sees_more"
        if after and self.wide_before and not self.wide_after:
            yield "sees_less"
        if State.LONELY in self:
            yield "without_company"


def statement(before: View, after: View, asked: Asked, sample: int) -> Select[Any]:
    """Return the statement that finds everything that a comparison says.

    Its rows have four columns:

    - `kind`: `USERS`, `STATE`, or one of `CLASSES` or `COMPANY_CLASSES`;
    - `state`: for `STATE`, which one, of those of people who can open the portal before or after;
    - `members`: for `USERS` and `STATE`, how many people these are; for a class of companies, how many there are;
    - `name`: the id of one person of the class, or the name of one company; at most `sample` of each,
      but one of every class of companies that is not empty, for its count.
    """
    people = _People(_standing(before, after, asked), _possible(before, after))
    rows = [
        _row(USERS, members=func.count()).select_from(contacts).where(is_user()),
        _row(STATE, state=people.states.c.state, members=func.count()).group_by(people.states.c.state),
        *(_sample_of_people(name, people, sample) for name in CLASSES if people.numbers(_in_class(name))),
    ]
    if people.numbers(lambda one: one.wide_before != one.wide_after):
        seen = people.companies()
        rows.append(_sample_of_companies("companies_gained", seen, seen.c.after > seen.c.before, sample))
        rows.append(_sample_of_companies("companies_lost", seen, seen.c.before > seen.c.after, sample))
    return select(union_all(*rows).subquery())


@dataclass(frozen=True, slots=True)
class _People:
    """Those who can open the portal before or after.

    Attributes:
        states: Their `id`, `email_folded` and `state`.
        possible: The bits that anybody's state may have.
    """

    states: CTE
    possible: State

    def numbers(self, wanted: Callable[[State], bool]) -> list[int]:
        """Return the wanted states in which anybody can be."""
        return [int(one) for one in map(State, range(2 * State.LONELY)) if one in self.possible and wanted(one)]

    def are(self, wanted: Callable[[State], bool]) -> ColumnElement[bool]:
        """Return the condition on rows of `states` that the state is a wanted one."""
        return self.states.c.state.in_(self.numbers(wanted))

    def companies(self) -> CTE:
        """Return companies of which somebody sees all tickets, with 1 or 0 for when: `before`, `after`."""
        statement = (
            select(
                memberships.c.company_id,
                func.max(flag(self.are(lambda one: one.wide_before))).label("before"),
                func.max(flag(self.are(lambda one: one.wide_after))).label("after"),
            )
            .join(self.states, self.states.c.id == memberships.c.contact_id)
            .where(self.are(lambda one: one.wide_before or one.wide_after))
            .group_by(memberships.c.company_id)
        )
        return statement.cte("seen").prefix_with("MATERIALIZED")


# --- how people stand -----------------------------------------------------------------------------


def _standing(before: View, after: View, asked: Asked) -> CTE:
    audiences = list(dict.fromkeys(view.audience for view in (before, after) if _admits(view)))
    if audiences and (asked.planned or all(one.rule and found_by_index(one.rule, asked) for one in audiences)):
        statement = _found(before, after, asked, audiences)
    else:
        statement = _asked_of_all(before, after, asked)
    # Materialised, or each of the many uses would ask every rule again.
    return statement.cte("states").prefix_with("MATERIALIZED")


def _asked_of_all(before: View, after: View, asked: Asked) -> Select[Any]:
    audiences = (view.audience for view in (before, after) if _admits(view))
    holds: dict[Audience | Rule, ColumnElement[bool]] = {one: _meant(one, asked) for one in audiences}
    state = _state(before, after, asked, holds).label("state")
    # In the order of the memberships: or each look-up for a person would begin far from the last.
    everybody = select(contacts.c.id, contacts.c.email_folded, state).where(is_user()).order_by(contacts.c.id)
    # The offset keeps databases from asking once for the condition and again for the answer.
    found = everybody.offset(literal_column("0")).subquery("everybody")
    return select(found).where(found.c.state > 0)


def _found(before: View, after: View, asked: Asked, audiences: Sequence[Audience]) -> Select[Any]:
    questions: dict[Audience | Rule, ColumnElement[bool]] = {one: one.condition(asked) for one in audiences}
    if asked.planned:
        restricting = [view.conditions for view in (before, after) if _admits(view) and view.restricted]
        questions |= {one: and_(is_user(), finds_people(one, asked)) for one in restricting if one}
    if len(questions) == 1:
        state = _state(before, after, asked, {audiences[0]: true()})
        return select(contacts.c.id, contacts.c.email_folded, state.label("state")).where(*questions.values())
    names = {one: f"holds_{number}" for number, one in enumerate(questions)}
    each = (
        select(contacts.c.id, *(literal(int(one == asking)).label(name) for one, name in names.items()))
        .where(condition)
        .correlate(None)
        for asking, condition in questions.items()
    )
    matches = union_all(*each).subquery("matches")
    merged = select(matches.c.id, *(func.max(matches.c[name]).label(name) for name in names.values()))
    found = merged.group_by(matches.c.id).subquery("found")
    holds = {one: found.c[name] == 1 for one, name in names.items()}
    state = _state(before, after, asked, holds)
    of_people = select(contacts.c.id, contacts.c.email_folded, state.label("state"))
    of_people = of_people.join_from(found, contacts, contacts.c.id == found.c.id).where(is_user())
    # Where nothing but audiences was asked, everybody who was found is let in by one.
    return of_people if len(questions) == len(audiences) else of_people.where(or_(*(holds[one] for one in audiences)))


def _meant(audience: Audience, asked: Asked) -> ColumnElement[bool]:
    return holds_for_person(audience.rule, asked) if audience.rule else true()


def _state(
    before: View, after: View, asked: Asked, holds: Mapping[Audience | Rule, ColumnElement[bool]]
) -> ColumnElement[int]:
    """Return the state of a row of `contacts`, given whom each audience that is let in means, and maybe more."""
    first = _own(before, asked, State.OWN_BEFORE, holds) + int(State.OPENS_BEFORE)
    second = _own(after, asked, State.OWN_AFTER, holds) + int(State.OPENS_AFTER)
    if State.LONELY in _possible(before, after):
        member = exists().where(memberships.c.contact_id == contacts.c.id).correlate(contacts)
        second = second + case((member, 0), else_=int(State.LONELY))
    if _admits(before) and _admits(after) and before.audience == after.audience:
        return case((holds[before.audience], first + second), else_=0)
    parts = [
        case((holds[view.audience], bits), else_=0)
        for view, bits in ((before, first), (after, second))
        if _admits(view)
    ]
    return functools.reduce(operator.add, parts, literal(0))


def _own(
    view: View, asked: Asked, bit: State, holds: Mapping[Audience | Rule, ColumnElement[bool]]
) -> ColumnElement[int]:
    if not view.restricted:
        return literal(0)
    if view.conditions is None:
        return literal(int(bit))
    known = holds.get(view.conditions)
    return case((holds_for_person(view.conditions, asked) if known is None else known, int(bit)), else_=0)


def _possible(before: View, after: View) -> State:
    possible = State(0)
    if _admits(before):
        possible |= State.OPENS_BEFORE | (State.OWN_BEFORE if before.restricted else State(0))
    if _admits(after):
        possible |= State.OPENS_AFTER | (State.OWN_AFTER if after.restricted else State(0))
        if after.audience.rule is None or not needs_company(after.audience.rule):
            possible |= State.LONELY
    return possible


def _admits(view: View) -> bool:
    return view.open and view.audience.mode != "nobody"


def _in_class(name: str) -> Callable[[State], bool]:
    return lambda one: name in one.classes()


def _row(
    kind: str,
    *,
    state: ColumnElement[int] | None = None,
    members: ColumnElement[int] | None = None,
    name: ColumnElement[str] | None = None,
) -> Select[str, int, int, str]:
    return select(
        literal(kind).label("kind"),
        (cast(null(), Integer) if state is None else state).label("state"),
        (cast(null(), Integer) if members is None else members).label("members"),
        (cast(null(), String) if name is None else name).label("name"),
    )


def _sample_of_people(kind: str, people: _People, sample: int) -> Select[Any]:
    rows = _row(kind, name=people.states.c.id).where(people.are(_in_class(kind)))
    rows = rows.order_by(people.states.c.email_folded.nulls_last(), people.states.c.id).limit(sample)
    return select(rows.subquery())


def _sample_of_companies(kind: str, seen: CTE, changed: ColumnElement[bool], sample: int) -> Select[Any]:
    rows = (
        _row(kind, members=func.count().over(), name=company_name())
        .join_from(seen, companies, companies.c.id == seen.c.company_id)
        .where(changed)
        .order_by(company_name(), companies.c.id)
        .limit(max(sample, 1))
    )
    return select(rows.subquery())

"""The statement behind a comparison of two views.

The database computes each person's state as the bits of one number; all else is arithmetic on few states. Indexes lead
to the people if they can; otherwise SQLite asks all users in one pass, and PostgreSQL joins the matches of each rule.
Nothing is grouped by person: no database can estimate the size of such a group.
"""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Integer,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
    union_all,
)

from workspace.access import readers
from workspace.access.states import LONELY, STATE_CLASSES, State, in_class
from workspace.access.view import is_user
from workspace.database.tables import companies, contacts
from workspace.database.who import person_number
from workspace.people.directory import company_name
from workspace.rules.sql import begins_at_index, finds_people, holds_for_person, needs_company

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement, FromClause, Select

    from workspace.access.readers import Changed
    from workspace.access.view import Audience, View
    from workspace.rules.model import Rule
    from workspace.rules.sql import Query

_BOTH = ("holds_0", "holds_1")
STATE = "state"
"""The `kind` of the rows that count the people of one state."""
USERS = "users"
"""The `kind` of the row that counts all users who are not archived."""


def statement(
    before: View, after: View, query: Query, sample: int, key: str, *, changed: Changed = readers.NOBODY
) -> Select[Any]:
    """Return the statement that computes a whole comparison, with five columns.

    - `kind`: `USERS`, `STATE`, or one of `CLASSES` or `COMPANY_CLASSES`;
    - `state`: for `STATE`, the state, of people with access before or after;
    - `members`: for `USERS` and `STATE`, the number of people; for `LONELY` and classes of companies, their number;
    - `total`: for `STATE`, the sum of these people's numbers (`who`), if the state is of a class;
    - `name`: one person's id or one company's name, at most `sample` of each, but one of every class that is not empty
      and brings its own count.
    """
    states = _standing(before, after, query, changed)
    people = _People(states, _possible(before, after, changed), (before.regranted, after.regranted))
    rows = [
        _row(USERS, members=func.count()).select_from(contacts).where(is_user()),
        people.counted(key),
        *(_sample_of_people(name, people, sample) for name in STATE_CLASSES if people.numbers(in_class(name))),
    ]
    if admits(after) and (after.audience.rule is None or not needs_company(after.audience.rule)):
        rows.append(_sample_of_lonely(people, sample))
    if people.numbers(lambda state: state.wide_before != state.wide_after) or changed != readers.NOBODY:
        seen = people.companies()
        rows.append(_sample_of_companies("companies_gained", seen, seen.c.after > seen.c.before, sample))
        rows.append(_sample_of_companies("companies_lost", seen, seen.c.before > seen.c.after, sample))
    return select(union_all(*rows).subquery())


@dataclass(frozen=True, slots=True)
class _People:
    """People with access before or after: `id`, `email_folded` and `state` in `states`, grants in `sides`."""

    states: CTE
    possible: State
    sides: tuple[readers.Regranted, readers.Regranted]

    def numbers(self, desired: Callable[[State], bool]) -> list[int]:
        """Return the wanted states in which anybody can be."""
        return [int(state) for state in map(State, range(2 * State.LESS)) if state in self.possible and desired(state)]

    def are(self, desired: Callable[[State], bool], among: CTE | None = None) -> ColumnElement[bool]:
        return (self.states if among is None else among).c.state.in_(self.numbers(desired))

    def counted(self, key: str) -> Select[str, int, int, str, int]:
        state, changed = self.states.c.state, self.numbers(lambda item: any(item.classes()))
        total: ColumnElement[Any] | None = None
        if changed:
            total = func.sum(case((state.in_(changed), person_number(self.states.c.id, literal(key))), else_=0))
        return _row(STATE, state=state, members=func.count(), total=total).group_by(state)

    def companies(self) -> CTE:
        """Return the companies of these people, with 1 or 0 for a reader of all tickets: `before`, `after`."""
        wide = self.are(lambda state: state.wide_before), self.are(lambda state: state.wide_after)
        return readers.seen(self.states, wide, self.sides).cte("seen").prefix_with("MATERIALIZED")

    def lonely(self) -> CTE:
        """Return people without a company, of their own or granted: their `id`, `email_folded` and `state`."""
        lacks = self.sides[1].lacks(self.states.c.id, self.states)
        # Of everybody: how many a state holds no database knows, and it takes many for few.
        return select(self.states).where(*lacks).cte("lonely").prefix_with("MATERIALIZED")


# --- how people stand -----------------------------------------------------------------------------


def _standing(before: View, after: View, query: Query, changed: Changed) -> CTE:
    audiences = list(dict.fromkeys(view.audience for view in (before, after) if admits(view)))
    if audiences and query.planned:
        statement = _joined(before, after, query, audiences)
    elif audiences and all(audience.rule and begins_at_index(audience.rule, query) for audience in audiences):
        statement = _led(before, after, query, audiences)
    else:
        statement = _all_states(before, after, query, audiences)
    if changed != readers.NOBODY:
        statement = readers.marked(statement, changed)
    # Materialised, or each of the many uses would ask every rule again.
    return statement.cte("states").prefix_with("MATERIALIZED")


def _all_states(before: View, after: View, query: Query, audiences: Sequence[Audience]) -> Select[Any]:
    """Return the matches of a rule by asking all users in turn."""
    holds: dict[Audience | Rule, ColumnElement[bool]] = {who: rule_holds(who, query) for who in audiences}
    state = state_of(before, after, query, holds).label(STATE)
    # In the order of the memberships: or each look-up for a person would begin far from the last.
    everybody = select(contacts.c.id, contacts.c.email_folded, state).where(is_user()).order_by(contacts.c.id)
    # The offset keeps databases from asking once for the condition and again for the answer.
    subquery = everybody.offset(literal_column("0")).subquery("everybody")
    return select(subquery).where(subquery.c.state > 0)


def _led(before: View, after: View, query: Query, audiences: Sequence[Audience]) -> Select[Any]:
    """Return the matches that indexes lead to from the audiences."""
    if len(audiences) == 1:
        state = state_of(before, after, query, {audiences[0]: true()}).label(STATE)
        return select(contacts.c.id, contacts.c.email_folded, state).where(audiences[0].condition(query))
    each = (
        select(
            contacts.c.id,
            contacts.c.email_folded,
            *(literal_column(str(int(who == asking))).label(name) for who, name in zip(audiences, _BOTH, strict=True)),
        )
        .where(asking.condition(query))
        .correlate(None)
        for asking in audiences
    )
    matches = union_all(*each).subquery("matches")
    # Of one person, so they all have the same address.
    columns = (func.max(matches.c[name]).label(name) for name in ("email_folded", *_BOTH))
    merged = select(matches.c.id, *columns)
    subquery = merged.group_by(matches.c.id).subquery("found")
    holds: dict[Audience | Rule, ColumnElement[bool]] = {
        audience: subquery.c[name] == literal_column("1") for audience, name in zip(audiences, _BOTH, strict=True)
    }
    state = state_of(before, after, query, holds).label(STATE)
    if not any(admits(view) and view.restricted and view.conditions for view in (before, after)):
        return select(subquery.c.id, subquery.c.email_folded, state)
    people = select(contacts.c.id, contacts.c.email_folded, state)
    return people.join_from(subquery, contacts, contacts.c.id == subquery.c.id).where(is_user())


def _joined(before: View, after: View, query: Query, audiences: Sequence[Audience]) -> Select[Any]:
    """Return the matches of rules joined to each other: a database can estimate the size of a join."""
    restricting = [view.conditions for view in (before, after) if admits(view) and view.restricted]
    questions: dict[Audience | Rule, ColumnElement[bool]] = {who: who.condition(query) for who in audiences}
    questions |= {rule: and_(is_user(), finds_people(rule, query)) for rule in restricting if rule}
    groups = {
        who: select(contacts.c.id, contacts.c.email_folded).where(condition).correlate(None).subquery(f"found_{number}")
        for number, (who, condition) in enumerate(questions.items())
    }
    first, *others = groups.values()
    people: FromClause = first
    person: ColumnElement[str] = first.c.id
    email: ColumnElement[str] = first.c.email_folded
    for place, other in enumerate(others, start=1):
        another_audience = place < len(audiences)
        people = people.outerjoin(other, other.c.id == person, full=another_audience)
        if another_audience:
            person, email = func.coalesce(person, other.c.id), func.coalesce(email, other.c.email_folded)
    holds = {question: subquery.c.id.is_not(None) for question, subquery in groups.items()}
    state = state_of(before, after, query, holds).label(STATE)
    columns: list[ColumnElement[Any]] = [person.label("id"), email.label("email_folded"), state]
    return select(*columns).select_from(people)


def rule_holds(audience: Audience, query: Query) -> ColumnElement[bool]:
    """Return the condition on a row of `contacts`, of a user, that the audience means them."""
    return holds_for_person(audience.rule, query) if audience.rule else true()


def state_of(
    before: View, after: View, query: Query, holds: Mapping[Audience | Rule, ColumnElement[bool]]
) -> ColumnElement[int]:
    """Return the state of a row of `contacts`, given the members of each open audience, and maybe more."""
    first = _own(before, query, State.OWN_BEFORE, holds) + int(State.OPENS_BEFORE)
    second = _own(after, query, State.OWN_AFTER, holds) + int(State.OPENS_AFTER)
    if admits(before) and admits(after) and before.audience == after.audience:
        return case((holds[before.audience], first + second), else_=0)
    parts = [
        case((holds[view.audience], bits), else_=0) for view, bits in ((before, first), (after, second)) if admits(view)
    ]
    return functools.reduce(operator.add, parts, literal(0))


def _own(
    view: View, query: Query, bit: State, holds: Mapping[Audience | Rule, ColumnElement[bool]]
) -> ColumnElement[int]:
    if not view.restricted:
        return literal(0)
    if view.conditions is None:
        return literal(int(bit))
    known = holds.get(view.conditions)
    return case((holds_for_person(view.conditions, query) if known is None else known, int(bit)), else_=0)


def _possible(before: View, after: View, changed: Changed) -> State:
    possible = State(0)
    for ids, bit in zip(changed, (State.MORE, State.LESS), strict=True):
        possible |= bit if ids else State(0)
    if admits(before):
        possible |= State.OPENS_BEFORE | (State.OWN_BEFORE if before.restricted else State(0))
    if admits(after):
        possible |= State.OPENS_AFTER | (State.OWN_AFTER if after.restricted else State(0))
    return possible


def admits(view: View) -> bool:
    """Return True if a view admits anybody."""
    return view.open and view.audience.mode != "nobody"


def _row(
    kind: str,
    *,
    state: ColumnElement[int] | None = None,
    members: ColumnElement[int] | None = None,
    name: ColumnElement[str] | None = None,
    total: ColumnElement[Any] | None = None,
) -> Select[str, int, int, str, int]:
    return select(
        literal(kind).label("kind"),
        (cast(null(), Integer) if state is None else state).label("state"),
        (cast(null(), Integer) if members is None else members).label("members"),
        (cast(null(), String) if name is None else name).label("name"),
        cast(null() if total is None else total, BigInteger).label("total"),
    )


def _sample_of_people(kind: str, people: _People, sample: int) -> Select[Any]:
    rows = _row(kind, name=people.states.c.id).where(people.are(in_class(kind)))
    rows = rows.order_by(people.states.c.email_folded.nulls_last(), people.states.c.id).limit(sample)
    return select(rows.subquery())


def _sample_of_lonely(people: _People, sample: int) -> Select[Any]:
    lonely = people.lonely()
    rows = _row(LONELY, members=func.count().over(), name=lonely.c.id)
    rows = rows.where(people.are(lambda state: State.OPENS_AFTER in state, lonely))
    rows = rows.order_by(lonely.c.email_folded.nulls_last(), lonely.c.id).limit(max(sample, 1))
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

"""The statement behind a comparison of two views.

The database asks each rule of each person once, and notes the answers as the bits of one number, the
person's state. All else is arithmetic on 32 states, so the cost grows with the number of people only.
"""

from __future__ import annotations

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
    not_,
    null,
    select,
    union_all,
)

from workspace.access import flag, is_user
from workspace.directory import company_name
from workspace.rule_sql import holds_for_person
from workspace.tables import companies, contacts, memberships

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import ColumnElement, CompoundSelect, Select, Subquery

    from workspace.access import View
    from workspace.rule_sql import Asked
    from workspace.rules import Rule

CLASSES = ("gained", "lost", "sees_more", "sees_less", "without_company")
COMPANY_CLASSES = ("companies_gained", "companies_lost")
STATE = "state"
"""The `kind` of the rows that count the people of one state."""


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

    - `kind`: `STATE`, or one of `CLASSES` or `COMPANY_CLASSES`;
    - `state`: for `STATE`, which one;
    - `members`: for `STATE`, how many people are in it; for a class of companies, how many there are;
    - `name`: the id of one person of the class, or the name of one company; at most `sample` of each,
      but one of every class of companies that is not empty, for its count.
    """
    people = _People.who_stand(before, after, asked)
    everybody = people.states
    seen = people.companies()
    rows: CompoundSelect[Any] = union_all(
        _row(STATE, state=everybody.c.state, members=func.count()).group_by(everybody.c.state),
        *(_sample_of_people(name, people, sample) for name in CLASSES),
        _sample_of_companies("companies_gained", seen, seen.c.after > seen.c.before, sample),
        _sample_of_companies("companies_lost", seen, seen.c.before > seen.c.after, sample),
    )
    return select(rows.subquery())


@dataclass(frozen=True, slots=True)
class _People:
    """All users: `id`, `email_folded` and `state`."""

    states: CTE

    @classmethod
    def who_stand(cls, before: View, after: View, asked: Asked) -> _People:
        named = dict.fromkeys(rule for view in (before, after) for rule in view.rules())
        rules = {rule: f"rule_{number}" for number, rule in enumerate(named)}
        found = [flag(holds_for_person(rule, asked)).label(name) for rule, name in rules.items()]
        # Materialised, both, or each of the many uses would ask every rule again.
        # In the order of the memberships, too: or each look-up for a person would begin far from the last.
        statement = select(contacts.c.id, contacts.c.email_folded, *found).where(is_user()).order_by(contacts.c.id)
        answers = statement.cte("answers").prefix_with("MATERIALIZED")
        by_rule = {rule: answers.c[name] for rule, name in rules.items()}
        member = exists().where(memberships.c.contact_id == answers.c.id).correlate(answers)
        state = (
            _bits(before, by_rule, State.OPENS_BEFORE, State.OWN_BEFORE)
            + _bits(after, by_rule, State.OPENS_AFTER, State.OWN_AFTER)
            + case((and_(_opens(after, by_rule) == 1, not_(member)), int(State.LONELY)), else_=0)
        )
        states = select(answers.c.id, answers.c.email_folded, state.label("state"))
        return cls(states.cte("states").prefix_with("MATERIALIZED"))

    def whose(self, wanted: Callable[[State], bool]) -> Subquery:
        """Return the people in a wanted state."""
        return select(self.states).where(self.states.c.state.in_(_numbers(wanted))).subquery()

    def companies(self) -> CTE:
        """Return companies of which somebody sees all tickets, with 1 or 0 for when: `before`, `after`.

        Those are left out of which nobody begins or ceases to see all: they are the same before and after.
        """
        changed = self.whose(lambda one: one.wide_before != one.wide_after)
        touched = select(memberships.c.company_id).join(changed, changed.c.id == memberships.c.contact_id)

        def somebody(wide: Callable[[State], bool]) -> ColumnElement[int]:
            return func.max(case((self.states.c.state.in_(_numbers(wide)), 1), else_=0))

        statement = (
            select(
                memberships.c.company_id,
                somebody(lambda one: one.wide_before).label("before"),
                somebody(lambda one: one.wide_after).label("after"),
            )
            .join(self.states, self.states.c.id == memberships.c.contact_id)
            .where(self.states.c.state.in_(_numbers(lambda one: one.wide_before or one.wide_after)))
            .where(memberships.c.company_id.in_(touched))
            .group_by(memberships.c.company_id)
        )
        return statement.cte("seen").prefix_with("MATERIALIZED")


def _numbers(wanted: Callable[[State], bool]) -> list[int]:
    return [int(one) for one in map(State, range(2 * State.LONELY)) if wanted(one)]


def _opens(view: View, by_rule: Mapping[Rule, ColumnElement[int]]) -> ColumnElement[int]:
    if view.open and view.audience.rule:
        return by_rule[view.audience.rule]
    return literal(int(view.open and view.audience.mode == "everyone"))


def _bits(view: View, by_rule: Mapping[Rule, ColumnElement[int]], opens: State, own: State) -> ColumnElement[int]:
    if not (view.open and view.restricted):
        return _opens(view, by_rule) * int(opens)
    restricted = by_rule[view.conditions] if view.conditions else literal(1)
    return _opens(view, by_rule) * (int(opens) + restricted * int(own))


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
    some = people.whose(lambda one: kind in one.classes())
    rows = _row(kind, name=some.c.id).order_by(some.c.email_folded.nulls_last(), some.c.id).limit(sample)
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

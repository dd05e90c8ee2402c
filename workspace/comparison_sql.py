"""The statement behind a comparison of two views.

The database asks each rule of each person once, and notes the answers as the bits of one number, the
person's state. All else is arithmetic on 32 states, so the cost grows with the number of people only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Any

from sqlalchemy import CTE, Integer, String, cast, except_, func, literal, null, select, union_all

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
    MEMBER = 16

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
        if after and State.MEMBER not in self:
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
    everybody = people.whose(lambda _: True)
    rows = union_all(
        _row(STATE, state=everybody.c.state, members=func.count()).group_by(everybody.c.state),
        *(_sample_of_people(name, people, sample) for name in CLASSES),
        _sample_of_companies("companies_gained", people.companies(seen_before=False), sample),
        _sample_of_companies("companies_lost", people.companies(seen_before=True), sample),
    )
    return select(rows.subquery())


@dataclass(frozen=True, slots=True)
class _People:
    """All users, with what the rules say of each: `answers`, and the state that follows from it."""

    answers: CTE
    state: ColumnElement[int]

    @classmethod
    def who_stand(cls, before: View, after: View, asked: Asked) -> _People:
        named = dict.fromkeys(rule for view in (before, after) for rule in view.rules())
        rules = {rule: f"rule_{number}" for number, rule in enumerate(named)}
        member = contacts.c.id.in_(select(memberships.c.contact_id))
        found = [flag(holds_for_person(rule, asked)).label(name) for rule, name in rules.items()]
        statement = select(contacts.c.id, contacts.c.email_folded, flag(member).label("member"), *found).where(
            is_user()
        )
        # Materialised, or each of the many uses would ask every rule again.
        answers = statement.cte("answers").prefix_with("MATERIALIZED")
        by_rule = {rule: answers.c[name] for rule, name in rules.items()}
        bits = (
            _bits(before, by_rule, State.OPENS_BEFORE, State.OWN_BEFORE),
            _bits(after, by_rule, State.OPENS_AFTER, State.OWN_AFTER),
        )
        return cls(answers, bits[0] + bits[1] + answers.c.member * int(State.MEMBER))

    def whose(self, wanted: Callable[[State], bool]) -> Subquery:
        """Return the people in a wanted state: `id`, `email_folded` and `state`."""
        states = select(self.answers.c.id, self.answers.c.email_folded, self.state.label("state")).subquery()
        within = [int(one) for one in map(State, range(2 * State.MEMBER)) if wanted(one)]
        return select(states).where(states.c.state.in_(within)).subquery()

    def companies(self, *, seen_before: bool) -> CompoundSelect[Any]:
        """Return the ids of companies that somebody sees as a whole at one end of the change and nobody at the other.

        Those that were seen before, or those that will be.
        """

        def wide(one: State, *, before: bool) -> bool:
            return one.wide_before if before else one.wide_after

        changed = self.whose(lambda one: wide(one, before=seen_before) and not wide(one, before=not seen_before))
        others = self.whose(lambda one: wide(one, before=not seen_before))
        return except_(*(_companies_of(some) for some in (changed, others)))


def _bits(view: View, by_rule: Mapping[Rule, ColumnElement[int]], opens: State, own: State) -> ColumnElement[int]:
    if not view.open or view.audience.mode == "nobody":
        return literal(0)
    lets_in = by_rule[view.audience.rule] if view.audience.rule else literal(1)
    if not view.restricted:
        return lets_in * int(opens)
    restricted = by_rule[view.conditions] if view.conditions else literal(1)
    return lets_in * (int(opens) + restricted * int(own))


def _companies_of(people: Subquery) -> Select[Any]:
    return select(memberships.c.company_id).where(memberships.c.contact_id.in_(select(people.c.id)))


def _row(
    kind: str,
    *,
    state: ColumnElement[int] | None = None,
    members: ColumnElement[int] | None = None,
    name: ColumnElement[str] | None = None,
) -> Select[Any]:
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


def _sample_of_companies(kind: str, ids: CompoundSelect[Any], sample: int) -> Select[Any]:
    found = ids.subquery()
    rows = (
        _row(kind, members=func.count().over(), name=company_name())
        .join_from(found, companies, companies.c.id == found.c.company_id)
        .order_by(company_name(), companies.c.id)
        .limit(max(sample, 1))
    )
    return select(rows.subquery())

"""Everybody whose access differs between two views, with the reason: page by page, in two statements each.

A page begins behind an id, so the last of a million costs no more than the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal, select

from workspace.access import readers
from workspace.access.comparison_sql import admits, rule_holds, state_of
from workspace.access.explanation import predicates
from workspace.access.readers import flag
from workspace.access.states import STATE_CLASSES, State
from workspace.access.view import is_user
from workspace.access.witness import witnesses
from workspace.database.tables import companies, contacts, memberships
from workspace.people.directory import Person, company_name, named
from workspace.rules.sql import Query, holds_for_pair, query_of_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from workspace.access.view import View
    from workspace.access.witness import Witness
    from workspace.rules.model import Predicate, Rule

_PORTION = 500
"""The most ids of one statement."""


@dataclass(frozen=True, slots=True)
class ChangedPerson:
    """One person whose access changes.

    Attributes:
        change: One of `STATE_CLASSES`; two only for a person granted one company more and another one less.
        company: The company of the deciding pair; None without one, or without conditions.
        because: The conditions that decide, in the order of the rule; empty if no rule decides.
    """

    person: Person
    change: str
    company: str | None
    because: tuple[Witness, ...]


@dataclass(frozen=True, slots=True)
class ChangedPage:
    """A page of people whose access changes, by id; `following` is where the next begins, None on the last."""

    people: tuple[ChangedPerson, ...]
    following: str | None

    def document(self) -> dict[str, Any]:
        """Return the page as the admin API answers it, with each condition once."""
        conditions = list(dict.fromkeys(witness.predicate for person in self.people for witness in person.because))
        places = {condition: place for place, condition in enumerate(conditions)}
        return {
            "conditions": [_condition(condition) for condition in conditions],
            "people": [
                {
                    "person": person.person.document(),
                    "change": person.change,
                    "company": person.company,
                    "because": [{"condition": places[why.predicate], "holds": why.holds} for why in person.because],
                }
                for person in self.people
            ],
            "following": self.following,
        }


def _condition(predicate: Predicate) -> dict[str, Any]:
    value = predicate.value
    return {
        "attribute": predicate.attribute,
        "comparison": predicate.comparison,
        "value": list(value) if isinstance(value, tuple) else value,
        "type": predicate.type,
    }


def changed_people(
    connection: Connection, before: View, after: View, today: date, *, beyond: str = "", most: int = 500
) -> ChangedPage:
    """Return at most `most` people after the id `beyond` whose access changes; `today` is in UTC."""
    states = _states(connection, before, after, today, beyond=beyond, most=most + 1)
    page = dict(list(states.items())[:most])
    changes = {text: tuple(state.classes()) for text, state in page.items()}
    reasons = _reasons(connection, after, {text: some[0] for text, some in changes.items()}, today)
    nothing: tuple[str | None, tuple[Witness, ...]] = None, ()
    people = tuple(
        ChangedPerson(person, change, *reasons.get(person.id, nothing))
        for person in named(connection, list(page))
        for change in changes[person.id]
    )
    return ChangedPage(people, list(page)[-1] if len(states) > most else None)


def _states(
    connection: Connection, before: View, after: View, today: date, *, beyond: str, most: int
) -> Mapping[str, State]:
    """Return the states of the next people whose state is of a class, in the order of ids."""
    query = query_of_all(connection, (*before.rules(), *after.rules()), today)
    audiences = dict.fromkeys(view.audience for view in (before, after) if admits(view))
    changing = [number for number in range(2 * State.LESS) if any(State(number).classes())]
    state = state_of(before, after, query, {audience: rule_holds(audience, query) for audience in audiences})
    granted = readers.changed_by(connection, before.regranted, after.regranted)
    state = readers.with_marks(state, contacts.c.id, granted)
    statement = (
        select(contacts.c.id, state.label("state"))
        .where(is_user(), contacts.c.id > literal(beyond), state.in_(changing))
        .order_by(contacts.c.id)
        .limit(most)
    )
    return {row.id: State(row.state) for row in connection.execute(statement)}


def _reasons(
    connection: Connection, after: View, changes: Mapping[str, str], today: date
) -> dict[str, tuple[str | None, tuple[Witness, ...]]]:
    """Return the deciding company and conditions of each person, where a rule decides."""
    reasons: dict[str, tuple[str | None, tuple[Witness, ...]]] = {}
    rules: dict[Rule, list[str]] = {}
    for text, change in changes.items():
        if (rule := _deciding(after, change)) is not None:
            rules.setdefault(rule, []).append(text)
    for rule, ids in rules.items():
        for start in range(0, len(ids), _PORTION):
            reasons |= _of_rule(connection, rule, ids[start : start + _PORTION], today)
    return reasons


def _deciding(after: View, change: str) -> Rule | None:
    """Return the rule that decides a person's access after; None if no rule does."""
    if change in STATE_CLASSES[:2]:
        return after.audience.rule if after.open else None
    return after.conditions if after.restricted else None


def _of_rule(
    connection: Connection, rule: Rule, ids: Sequence[str], today: date
) -> Iterator[tuple[str, tuple[str | None, tuple[Witness, ...]]]]:
    query, places = Query(today), {predicate: place for place, predicate in enumerate(predicates(rule))}
    statement = (
        select(
            contacts.c.id,
            company_name().label("company"),
            *(flag(holds_for_pair(predicate, query)).label(f"holds_{place}") for predicate, place in places.items()),
        )
        .select_from(contacts)
        .outerjoin(memberships, memberships.c.contact_id == contacts.c.id)
        .outerjoin(companies, companies.c.id == memberships.c.company_id)
        .where(contacts.c.id.in_(ids))
        .order_by(contacts.c.id, company_name(), companies.c.id)
    )
    decided: dict[str, tuple[bool, str | None, tuple[Witness, ...]]] = {}
    for row in connection.execute(statement):
        if row.id in decided and decided[row.id][0]:
            continue
        holds, why = witnesses(
            rule, {predicate: bool(getattr(row, f"holds_{place}")) for predicate, place in places.items()}
        )
        # The first company with which the rule holds; else the first of all.
        if holds or row.id not in decided:
            decided[row.id] = holds, row.company, why
    return ((text, (company, why)) for text, (_, company, why) in decided.items())

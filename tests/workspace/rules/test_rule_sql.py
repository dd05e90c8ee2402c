"""Rules in SQL say the same as the definitions in `tests/support/reference.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support import reference
from tests.support.examples import examples
from tests.support.reference import Person
from tests.support.workspace.populate import populate, scratch
from tests.support.workspace.strategies import ATTRIBUTES, NOW, TODAY, WORDS, World, crowd, rules, tag_rules, worlds
from workspace.access.check import check
from workspace.access.comparison import compare
from workspace.access.view import Audience, View
from workspace.database import tables
from workspace.rules.model import parse, problems
from workspace.rules.sql import PERSON, Query, holds_for_person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

CROWD = crowd()
NOTHING = Person("person-without")
LETTERED = World(
    (NOTHING, *(Person(f"p-{index}", {"email": one, "custom_attributes.job": one}) for index, one in enumerate(WORDS))),
    (),
)
MOMENTS = [NOW + day * 86_400 + second for day in range(-4, 4) for second in (0, 1, 86_399)]
DATED = World(
    (NOTHING, *(Person(f"p-{one}", {"last_seen_at": one, "custom_attributes.renewal": one}) for one in MOMENTS)),
    (),
)


@pytest.fixture(scope="module")
def crowded(new_url: Callable[[], str]) -> Iterator[Connection]:
    with scratch(new_url(), CROWD) as connection:
        yield connection


@pytest.fixture(scope="module")
def lettered(new_url: Callable[[], str]) -> Iterator[Connection]:
    with scratch(new_url(), LETTERED) as connection:
        yield connection


@pytest.fixture(scope="module")
def dated(new_url: Callable[[], str]) -> Iterator[Connection]:
    with scratch(new_url(), DATED) as connection:
        yield connection


def matching(connection: Connection, rule: dict[str, Any], person: str | None = None) -> set[str]:
    contacts = tables.contacts.c
    statement = select(contacts.id).where(holds_for_person(parse(rule), Query(TODAY, single=person is not None)))
    if person is None:
        return set(connection.execute(statement).scalars())
    return set(connection.execute(statement.where(contacts.id == PERSON), {PERSON.key: person}).scalars())


def expected(world: World, rule: dict[str, Any]) -> set[str]:
    return {one.id for one in world.people if reference.matches(rule, one, TODAY)}


@given(world=worlds(), asked=st.lists(rules, min_size=1, max_size=8))
@examples(30)
def test_sql_says_the_same_as_the_definitions(blank: Connection, world: World, asked: list[dict[str, Any]]) -> None:
    populate(blank, world)
    for rule in asked:
        assert problems(rule, ATTRIBUTES) == []
        assert matching(blank, rule) == expected(world, rule), rule
        for one in world.people:
            assert matching(blank, rule, one.id) == expected(world, rule) & {one.id}


@given(rule=tag_rules)
@examples(45)
def test_groups_and_pairs_hold_for_exactly_the_right_people(crowded: Connection, rule: dict[str, Any]) -> None:
    ids = matching(crowded, rule)
    assert ids == expected(CROWD, rule)
    one = CROWD.people[len(ids) % len(CROWD.people)]
    assert matching(crowded, rule, one.id) == ids & {one.id}
    complement = matching(crowded, {"operator": "not", "predicates": [rule]})
    for person in CROWD.people:
        # Of several companies one may say yes and another no; of one, or none, it is the one or the other.
        assert len(person.companies) > 1 or (person.id in ids) is not (person.id in complement)


@pytest.mark.parametrize("comparison", ["eq", "ne", "contains", "contains_word", "starts_with", "ends_with"])
@pytest.mark.parametrize("attribute", ["email", "custom_attributes.job"])
def test_every_text_is_compared_with_every_other(lettered: Connection, attribute: str, comparison: str) -> None:
    for needle in WORDS:
        rule = {"attribute": attribute, "type": "text", "comparison": comparison, "value": needle}
        assert matching(lettered, rule) == expected(LETTERED, rule), needle


@pytest.mark.parametrize("attribute", ["last_seen_at", "custom_attributes.renewal"])
def test_days_begin_and_end_at_midnight_utc(dated: Connection, attribute: str) -> None:
    days = [(name, day) for name in ("after", "on", "before") for day in ("2026-02-27", "2026-03-01", "2026-03-02")]
    ago = [(f"{name}_days_ago", count) for name in ("more_than", "less_than", "exactly") for count in range(4)]
    for comparison, value in days + ago:
        rule = {"attribute": attribute, "type": "date", "comparison": comparison, "value": value}
        assert matching(dated, rule) == expected(DATED, rule), rule
        assert 0 <= len(expected(DATED, rule)) < len(DATED.people)


# --- large rules ----------------------------------------------------------------------------------

EMAIL = {"attribute": "email", "type": "text", "comparison": "contains", "value": "a"}
PLAN = {"attribute": "company.plan", "type": "text", "comparison": "ne", "value": "a"}


def nested(depth: int) -> dict[str, Any]:
    rule: dict[str, Any] = EMAIL
    for level in range(depth):
        rule = {"operator": "or" if level % 2 else "and", "predicates": [rule, PLAN, EMAIL]}
    return rule


def wide(operator: str, count: int) -> dict[str, Any]:
    values = [{**(EMAIL if number % 2 else PLAN), "value": str(number)} for number in range(count)]
    return {"operator": operator, "predicates": values}


def listed() -> dict[str, Any]:
    lists = [
        {"attribute": attribute, "type": "text", "comparison": "in", "value": [str(number) for number in range(1000)]}
        for attribute in ("email", "company.plan", "custom_attributes.job")
    ]
    return {"operator": "or", "predicates": lists}


@pytest.mark.slow
@pytest.mark.parametrize("rule", [nested(10), wide("and", 500), wide("or", 500), listed()])
def test_the_largest_rules_are_answered(crowded: Connection, rule: dict[str, Any]) -> None:
    assert problems(rule, ATTRIBUTES) == []
    assert matching(crowded, rule) == expected(CROWD, rule)
    for negated in (False, True):
        audience = {"operator": "not", "predicates": [rule]} if negated else rule
        before = View(open=True, audience=Audience("rule", parse(audience)), restricted=True, conditions=parse(rule))
        after = View(open=True, audience=Audience("rule", parse(other(rule))), restricted=True, conditions=parse(EMAIL))
        assert compare(crowded, before, after, TODAY).people == len(CROWD.people)
    assert len(check(crowded, ["person-1"], before, TODAY, card_shown=True)) == 1


def other(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule of the same size that is not the same."""
    return {**rule, "predicates": [*rule["predicates"][:-1], {**PLAN, "value": "other"}]}

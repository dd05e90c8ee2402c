"""Rules in SQL say the same as the definitions in `tests/reference.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests import reference
from tests.workspace.populate import populate
from tests.workspace.strategies import ATTRIBUTES, TODAY, World, rules, worlds
from workspace import tables
from workspace.rule_sql import PERSON, Asked, holds_for_person
from workspace.rules import parse, problems

if TYPE_CHECKING:
    from sqlalchemy import Connection


def matching(connection: Connection, rule: dict[str, Any], person: str | None = None) -> set[str]:
    contacts = tables.contacts.c
    statement = select(contacts.id).where(holds_for_person(parse(rule), Asked(TODAY, one=person is not None)))
    if person is None:
        return set(connection.execute(statement).scalars())
    return set(connection.execute(statement.where(contacts.id == PERSON), {PERSON.key: person}).scalars())


def expected(world: World, rule: dict[str, Any]) -> set[str]:
    return {one.id for one in world.people if reference.matches(rule, one, TODAY)}


@given(world=worlds(), asked=st.lists(rules, min_size=1, max_size=8))
@settings(max_examples=400, deadline=None)
def test_sql_says_the_same_as_the_definitions(blank: Connection, world: World, asked: list[dict[str, Any]]) -> None:
    populate(blank, world)
    for rule in asked:
        assert problems(rule, ATTRIBUTES) == []
        assert matching(blank, rule) == expected(world, rule), rule
        for one in world.people:
            assert matching(blank, rule, one.id) == expected(world, rule) & {one.id}


@given(world=worlds(), rule=rules)
@settings(max_examples=100, deadline=None)
def test_not_is_the_exact_complement_for_people_of_at_most_one_company(
    blank: Connection, world: World, rule: dict[str, Any]
) -> None:
    populate(blank, world)
    everybody = {one.id for one in world.people if len(one.companies) <= 1}
    complement = {"operator": "not", "predicates": [rule]}
    assert matching(blank, complement) & everybody == everybody - matching(blank, rule)

"""A rule as the rows of the vendor's audience screen: read back they mean the same, and the rest is refused."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import reference
from tests.support.examples import examples
from tests.support.upstream.screen import read
from tests.support.workspace.strategies import ATTRIBUTES, NOW, TODAY, crowd, rules, tag_rules, worlds
from workspace.upstream.intercom import audience

CROWD = crowd()
DOMAIN = {"attribute": "email", "type": "text", "comparison": "ends_with", "value": "@examply.com"}
PLAN = {
    "attribute": "company.custom_attributes.plan_tier",
    "type": "text",
    "comparison": "in",
    "value": ["team", "enterprise"],
}
BETA = {"attribute": "tag", "type": "tag", "comparison": "eq", "value": "beta"}


def group(operator: str, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"operator": operator, "predicates": list(rules)}


def test_a_rule_is_what_a_person_enters() -> None:
    rule = group("and", DOMAIN, PLAN)
    assert audience.enter({"mode": "rule", "rule": rule}) == (
        "Person · Email · ends with · @examply.com",
        "and Company · plan_tier · is · team, enterprise",
    )


def test_a_group_stands_further_right() -> None:
    late = {"attribute": "last_seen_at", "type": "date", "comparison": "more_than_days_ago", "value": 30}
    none = {"attribute": "company.plan", "type": "text", "comparison": "nin", "value": ["free, really", "none"]}
    assert audience.lines(audience.rows(group("or", DOMAIN, group("and", late, none, group("not", BETA))))) == (
        "Person · Email · ends with · @examply.com",
        "or a group:",
        "    Person · Last seen · more than · 30 days ago",
        '    and Company · Company plan · is not · "free, really"',
        "    and Company · Company plan · is not · none",
        "    and Person · Person tag · is not · beta",
    )


@pytest.mark.parametrize(
    ("rule", "path", "said"),
    [
        (group("not", group("or", BETA, DOMAIN)), "rule", "`not` around a group"),
        (group("and", DOMAIN, group("not", DOMAIN)), "rule.predicates[1]", "`not` around “ends with”"),
        (
            group("and", DOMAIN, group("or", BETA, group("and", PLAN, DOMAIN))),
            "rule.predicates[1].predicates[1]",
            "`all` in a group that is in a group itself",
        ),
        (
            group("and", DOMAIN, group("or", BETA, {**PLAN, "comparison": "nin"})),
            "rule.predicates[1].predicates[1]",
            "exclusion of several values in a group that is in a group itself",
        ),
    ],
)
def test_what_the_screen_does_not_have_is_named(rule: dict[str, Any], path: str, said: str) -> None:
    (problem,) = audience.problems(rule)
    assert (problem.code, problem.field) == ("not_expressible", path)
    assert problem.message == f"Intercom's audience screen has no {said}"
    assert problem.data
    assert problem.data["remedy"]


def test_a_group_of_one_or_of_the_same_word_is_no_level() -> None:
    deep = group("and", group("or", group("and", group("and", DOMAIN, PLAN), group("or", BETA, DOMAIN))))
    assert audience.problems(deep) == ()


@pytest.mark.parametrize(("mode", "everybody"), [("everyone", True), ("nobody", False)])
def test_everyone_and_nobody_are_rows_as_well(mode: str, everybody: bool) -> None:
    rule = read(audience.enter({"mode": mode}), ATTRIBUTES)
    assert {reference.matches(rule, person, TODAY) for person in CROWD.people} == {everybody}


@examples(150)
@given(rule=st.one_of(rules, tag_rules), world=worlds())
def test_rows_read_back_mean_the_same(rule: dict[str, Any], world: Any) -> None:
    if audience.problems(rule):
        return
    again = read(audience.enter({"mode": "rule", "rule": rule}), ATTRIBUTES)
    for person in (*world.people, *CROWD.people):
        assert reference.matches(again, person, TODAY) == reference.matches(rule, person, TODAY), (person, again)


@examples(90)
@given(rule=st.one_of(rules, tag_rules))
def test_a_refusal_names_a_part_of_the_rule(rule: dict[str, Any]) -> None:
    for problem in audience.problems(rule):
        assert problem.field is not None
        part: Any = {"rule": rule}["rule"]
        for step in problem.field.split(".")[1:]:
            part = part["predicates"][int(step.removeprefix("predicates[").removesuffix("]"))]
        assert "attribute" in part or "operator" in part


def test_rows_mean_the_same_on_ten_thousand_people() -> None:
    """Acceptance check 30: the lines of a task, read back, let in exactly those whom the rule lets in."""
    late = {"attribute": "last_seen_at", "type": "date", "comparison": "less_than_days_ago", "value": 30}
    other = {
        "attribute": "company.custom_attributes.plan_tier",
        "type": "text",
        "comparison": "nin",
        "value": ["free", "x"],
    }
    rule = group("or", group("and", DOMAIN, PLAN, group("not", BETA)), group("and", late, other), BETA)
    again = read(audience.enter({"mode": "rule", "rule": rule}), ATTRIBUTES)
    chance = random.Random(30)  # noqa: S311 (no secret hangs on it)
    firms = [
        reference.Company(str(number), {"custom_attributes.plan_tier": tier} if tier else {})
        for number, tier in enumerate(("free", "team", "enterprise", "x", "gold", None))
    ]
    counted = {True: 0, False: 0}
    for number in range(10_000):
        values: dict[str, Any] = {"email": chance.choice(("a@examply.com", "b@EXAMPLY.com", "c@other.example"))}
        if chance.random() < 0.5:
            values["last_seen_at"] = NOW - chance.randrange(0, 60 * 86_400)
        tags = frozenset({"beta"} if chance.random() < 0.2 else ())
        person = reference.Person(str(number), values, tags, tuple(chance.sample(firms, chance.randrange(0, 4))))
        meant = reference.matches(rule, person, TODAY)
        assert reference.matches(again, person, TODAY) is meant
        counted[meant] += 1
    assert min(counted.values()) > 1000

"""Rules keep their meaning through every form, and say it in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from reconciler.rules import attributes, words
from reconciler.rules import model as rules
from reconciler.rules import wire as rules_wire
from tests.support.laws import strategies
from tests.support.laws.stage import TYPES
from tests.support.reference import matches
from tests.support.workspace import strategies as wire_strategies
from tests.support.workspace.strategies import TODAY, World


@given(strategies.rules)
def test_plain_form_is_kept(plain: dict[str, Any]) -> None:
    assert rules.plain(rules.parse(plain)) == plain


@given(strategies.rules)
def test_the_wire_keeps_a_rule(plain: dict[str, Any]) -> None:
    rule = rules.parse(plain)
    assert rules.normalise(rules_wire.from_wire(rules_wire.to_wire(rule, TYPES))) == rules.normalise(rule)


@given(strategies.rules, wire_strategies.worlds())
def test_normal_form_means_the_same(plain: dict[str, Any], world: World) -> None:
    rule = rules.parse(plain)
    normal = rules.normalise(rule)
    assert rules.normalise(normal) == normal
    for person in world.people:
        before, after = (matches(rules_wire.to_wire(one, TYPES), person, TODAY) for one in (rule, normal))
        assert before == after


SAME = [
    ({"all": [{"attribute": "person.tag", "is": "a"}]}, {"attribute": "person.tag", "is": "a"}),
    ({"attribute": "person.tag", "is": ["a"]}, {"attribute": "person.tag", "is": "a"}),
    ({"attribute": "person.tag", "is": ["b", "a"]}, {"attribute": "person.tag", "is": ["a", "b"]}),
    ({"not": {"not": {"attribute": "person.tag", "is": "a"}}}, {"attribute": "person.tag", "is": "a"}),
    ({"attribute": "company.size", "greater_than": 5.0}, {"attribute": "company.size", "greater_than": 5}),
    (
        {"any": [{"attribute": "person.tag", "is": "b"}, {"any": [{"attribute": "person.tag", "is": "a"}]}]},
        {"any": [{"attribute": "person.tag", "is": "a"}, {"attribute": "person.tag", "is": "b"}]},
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_cannot_matter_is_no_difference(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert rules.normalise(rules.parse(one)) == rules.normalise(rules.parse(other))


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"attribute": "person.email", "ends_with": "@a.example"}, 'person.email ends with "@a.example"'),
        ({"attribute": "person.tag", "is_not": ["a", "b"]}, 'person.tag is not "a" nor "b"'),
        ({"attribute": "company.size", "greater_than": 5}, "company.size is greater than 5"),
        ({"attribute": "person.vip", "is": True}, "person.vip is true"),
        ({"attribute": "person.name", "is_unknown": True}, "person.name is unknown"),
        (
            {"attribute": "person.last_seen_at", "more_than_days_ago": 30},
            "person.last_seen_at is more than 30 days ago",
        ),
        ({"attribute": "person.last_seen_at", "before": "2026-03-01"}, 'person.last_seen_at is before "2026-03-01"'),
    ],
)
def test_words(condition: dict[str, Any], said: str) -> None:
    rule = rules.parse(condition)
    assert isinstance(rule, rules.Condition)
    assert words.words(rule) == said


@pytest.mark.parametrize(
    "wire",
    [
        {"attribute": "email", "type": "text", "comparison": "sounds_like", "value": "ada"},
        {"operator": "xor", "predicates": [{"attribute": "email", "type": "text", "comparison": "known"}]},
        {"something": "else"},
    ],
)
def test_a_rule_that_is_not_understood_is_kept_whole(wire: dict[str, Any]) -> None:
    rule = rules_wire.from_wire(wire)
    assert rules_wire.to_wire(rule, {}) == wire
    assert rules.parse(rules.plain(rule)) == rule
    assert "does not know" in "".join(words.outline(rule))


@pytest.mark.parametrize(
    ("model", "name", "rule", "wire"),
    [
        ("contact", "team", "person.team", "custom_attributes.team"),
        ("contact", "email", "person.custom_attributes.email", "custom_attributes.email"),
        ("company", "plan", "company.custom_attributes.plan", "company.custom_attributes.plan"),
        ("company", "email", "company.email", "company.custom_attributes.email"),
        ("contact", "Plan Tier", "person.Plan Tier", "custom_attributes.Plan Tier"),
        ("contact", "plan-tier", "person.plan-tier", "custom_attributes.plan-tier"),
    ],
)
def test_a_custom_attribute_keeps_its_namespace(model: str, name: str, rule: str, wire: str) -> None:
    assert attributes.rule_name(model, name) == rule
    assert attributes.wire_name(rule) == wire
    assert attributes.from_wire_name(wire) == rule
    assert attributes.custom_attribute(rule) == (model, name)


@pytest.mark.parametrize(
    "wire", ["language_override", "company.segment", "custom_attributes.a.b", "custom_attributes.", "x.y"]
)
def test_an_attribute_without_a_name_in_files_stays_a_foreign_rule(wire: str) -> None:
    sent = {"attribute": wire, "type": "text", "comparison": "eq", "value": "x"}
    rule = rules_wire.from_wire(sent)
    assert isinstance(rule, rules.Foreign)
    assert not rules_wire.understood(sent)
    assert rules_wire.to_wire(rule, {}) == sent


def test_every_built_in_attribute_and_its_custom_namesake_are_two() -> None:
    for name, wire in attributes.builtin_wire_names().items():
        prefix, _, bare = name.partition(".")
        model = {"person": "contact", "company": "company"}[prefix]
        namesake = attributes.rule_name(model, bare)
        assert attributes.from_wire_name(wire) == name
        assert namesake != name
        assert attributes.from_wire_name(attributes.wire_name(namesake)) == namesake

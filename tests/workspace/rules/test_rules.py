"""Which rules are valid, and what is said about the others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.workspace.strategies import ATTRIBUTES, rules
from workspace.core.data_files import load_json
from workspace.rules.model import MAX_PREDICATES, MAX_VALUES, Group, Predicate, builtin_types, parse, problems

EMAIL = {"attribute": "email", "type": "text", "comparison": "ends_with", "value": "@examply.com"}
TAG = {"attribute": "company.tag", "type": "tag", "comparison": "eq", "value": "vip"}
SIZE = {"attribute": "company.size", "type": "number", "comparison": "gt", "value": 100}
SEEN = {"attribute": "last_seen_at", "type": "date", "comparison": "more_than_days_ago", "value": 30}
UNSUBSCRIBED = {"attribute": "unsubscribed_from_emails", "type": "boolean", "comparison": "eq", "value": False}


def complaints(rule: Any, **more: Any) -> list[tuple[str, str | None]]:
    return [(one.code, one.field) for one in problems(rule, ATTRIBUTES, **more)]


def nested(depth: int, operator: str = "and") -> dict[str, Any]:
    rule: dict[str, Any] = EMAIL
    for _ in range(depth):
        rule = {"operator": operator, "predicates": [rule]}
    return rule


@given(rule=rules)
def test_every_comparison_of_every_type_is_valid(rule: dict[str, Any]) -> None:
    assert complaints(rule) == []


@given(rule=rules)
def test_the_tree_says_what_the_document_said(rule: dict[str, Any]) -> None:
    def document(node: Group | Predicate) -> dict[str, Any]:
        if isinstance(node, Group):
            return {"operator": node.operator, "predicates": [document(one) for one in node.rules]}
        value = list(node.value) if isinstance(node.value, tuple) else node.value
        return {"attribute": node.attribute, "type": node.type, "comparison": node.comparison, "value": value}

    def filled(node: dict[str, Any]) -> dict[str, Any]:
        if "operator" in node:
            return {**node, "predicates": [filled(one) for one in node["predicates"]]}
        return {"value": None, **node}

    assert document(parse(rule)) == filled(rule)
    assert hash(parse(rule)) == hash(parse(json.loads(json.dumps(rule))))


@pytest.mark.parametrize(
    ("rule", "code", "field"),
    [
        (None, "rule_invalid", "rule"),
        ([], "rule_invalid", "rule"),
        ({"operator": "xor", "predicates": [EMAIL]}, "rule_invalid", "rule.operator"),
        ({"operator": ["and"], "predicates": [EMAIL]}, "rule_invalid", "rule.operator"),
        ({"predicates": [EMAIL]}, "rule_invalid", "rule.operator"),
        ({"operator": "and", "predicates": EMAIL}, "rule_invalid", "rule.predicates"),
        ({"operator": "or", "predicates": []}, "rule_invalid", "rule.predicates"),
        ({"operator": "not", "predicates": [EMAIL, TAG]}, "rule_invalid", "rule.predicates"),
        (
            {"operator": "and", "predicates": [EMAIL, {**TAG, "type": "text"}]},
            "rule_invalid",
            "rule.predicates[1].type",
        ),
        ({**EMAIL, "operator": "and"}, "rule_invalid", "rule"),
        ({**EMAIL, "note": "x"}, "rule_invalid", "rule"),
        ({**EMAIL, "type": "number", "comparison": "gt", "value": 1}, "rule_invalid", "rule.type"),
        ({**EMAIL, "type": "words"}, "rule_invalid", "rule.type"),
        ({**EMAIL, "type": ["text"]}, "rule_invalid", "rule.type"),
        ({**EMAIL, "comparison": "gt"}, "rule_invalid", "rule.comparison"),
        ({**EMAIL, "comparison": {}}, "rule_invalid", "rule.comparison"),
        ({**TAG, "comparison": "known", "value": None}, "rule_invalid", "rule.comparison"),
        ({**EMAIL, "attribute": "emial"}, "unknown_attribute", "rule.attribute"),
        ({**EMAIL, "attribute": "custom_attributes.gone"}, "unknown_attribute", "rule.attribute"),
        ({**EMAIL, "attribute": 1}, "rule_invalid", "rule.attribute"),
        ({**EMAIL, "value": None}, "value_invalid", "rule.value"),
        ({**EMAIL, "value": ["a"]}, "value_invalid", "rule.value"),
        ({**EMAIL, "value": "a\0b"}, "value_invalid", "rule.value"),
        ({**EMAIL, "value": "\ud800"}, "value_invalid", "rule.value"),
        ({**EMAIL, "value": "a" * 1001}, "value_invalid", "rule.value"),
        ({**EMAIL, "comparison": "in", "value": "a"}, "value_invalid", "rule.value"),
        ({**EMAIL, "comparison": "in", "value": []}, "value_invalid", "rule.value"),
        ({**EMAIL, "comparison": "in", "value": ["a", 1]}, "value_invalid", "rule.value"),
        ({**EMAIL, "comparison": "in", "value": ["a"] * 1001}, "value_invalid", "rule.value"),
        ({**EMAIL, "comparison": "known"}, "value_invalid", "rule.value"),
        ({**SIZE, "value": "100"}, "value_invalid", "rule.value"),
        ({**SIZE, "value": True}, "value_invalid", "rule.value"),
        ({**SIZE, "value": float("inf")}, "value_invalid", "rule.value"),
        ({**SIZE, "value": 10**400}, "value_invalid", "rule.value"),
        ({**UNSUBSCRIBED, "value": 0}, "value_invalid", "rule.value"),
        ({**SEEN, "value": -1}, "value_invalid", "rule.value"),
        ({**SEEN, "value": 1.5}, "value_invalid", "rule.value"),
        ({**SEEN, "value": True}, "value_invalid", "rule.value"),
        ({**SEEN, "value": 10**9}, "value_invalid", "rule.value"),
        ({**SEEN, "comparison": "on", "value": "2026-02-30"}, "value_invalid", "rule.value"),
        ({**SEEN, "comparison": "on", "value": "20260228"}, "value_invalid", "rule.value"),
        ({**SEEN, "comparison": "on", "value": "2026-W09-6"}, "value_invalid", "rule.value"),
        ({**SEEN, "comparison": "on", "value": 20260228}, "value_invalid", "rule.value"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(rule: Any, code: str, field: str) -> None:
    assert (code, field) in complaints(rule)


def test_everything_that_is_wrong_is_named_at_once() -> None:
    rule = {
        "operator": "and",
        "predicates": [{**EMAIL, "value": 1}, {"operator": "not", "predicates": []}, {**SIZE, "attribute": "size"}],
    }
    assert complaints(rule, field="audience.rule") == [
        ("value_invalid", "audience.rule.predicates[0].value"),
        ("rule_invalid", "audience.rule.predicates[1].predicates"),
        ("unknown_attribute", "audience.rule.predicates[2].attribute"),
    ]


@pytest.mark.parametrize(
    ("rule", "valid"),
    [
        ({**EMAIL, "attribute": "custom_attributes.gone"}, True),
        ({**EMAIL, "attribute": "company.custom_attributes.gone"}, True),
        ({**TAG, "attribute": "custom_attributes.gone"}, False),
        ({**EMAIL, "attribute": "custom_attributes."}, False),
        ({**EMAIL, "attribute": "company.gone"}, False),
        ({**EMAIL, "attribute": "gone"}, False),
        ({**SIZE, "attribute": "company.custom_attributes.plan_tier"}, False),
    ],
)
def test_leniency_is_for_custom_attributes_that_do_not_exist(rule: dict[str, Any], valid: bool) -> None:
    assert (complaints(rule, lenient=True) == []) is valid
    assert complaints(rule) != []


def test_bounds() -> None:
    assert complaints(nested(10)) == []
    assert complaints(nested(11))[0][0] == "rule_invalid"
    assert len(complaints(nested(500, "not"))) == 1
    assert complaints({"operator": "or", "predicates": [EMAIL] * MAX_PREDICATES}) == []
    assert len(complaints({"operator": "or", "predicates": [EMAIL] * (MAX_PREDICATES + 1)})) == 1
    assert len(complaints({"operator": "or", "predicates": [{**EMAIL, "value": 1}] * 100_000})) == MAX_PREDICATES + 1
    listed = {**EMAIL, "comparison": "in", "value": ["a"] * 1000}
    assert complaints({"operator": "or", "predicates": [listed] * (MAX_VALUES // 1000)}) == []
    assert complaints({"operator": "or", "predicates": [listed] * (MAX_VALUES // 1000 + 1)}) == [
        ("rule_invalid", f"rule.predicates[{MAX_VALUES // 1000}].value")
    ]
    assert complaints({**EMAIL, "value": "a" * 1000}) == []
    assert complaints({**SEEN, "value": 3.0}) == []


@given(
    rule=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(("operator", "predicates", "attribute", "type", "comparison", "value")) | st.text(),
                inner | st.sampled_from(("and", "not", "text", "email", "tag", "eq")),
            )
        ),
    )
)
def test_whatever_is_sent_is_answered(rule: Any) -> None:
    for one in problems(rule, ATTRIBUTES):
        assert one.code in {"rule_invalid", "unknown_attribute", "value_invalid"}
        assert one.message
        assert one.field


def test_the_builtin_attributes_are_those_of_the_contract() -> None:
    table = load_json("attributes.json")
    assert len(builtin_types()) == len(table["person"]) + len(table["company"])
    assert builtin_types()["company.monthly_spend"] == "number"

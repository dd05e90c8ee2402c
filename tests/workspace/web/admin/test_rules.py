"""Rules in settings: valid, or refused whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.admin.client import HELP_CENTER, Api, codes, dump, fields
from tests.support.databases import one_is_enough

if TYPE_CHECKING:
    from sqlalchemy import Engine

AUDIENCE = f"{HELP_CENTER}/audience"
VISIBILITY = f"{HELP_CENTER}/ticket_visibility"
EMAIL = {"attribute": "email", "type": "text", "comparison": "ends_with", "value": "@examply.com"}
TIER = {
    "attribute": "company.custom_attributes.plan_tier",
    "type": "text",
    "comparison": "in",
    "value": ["team", "enterprise"],
}
RULE = {"operator": "or", "predicates": [{"operator": "and", "predicates": [EMAIL, TIER]}, EMAIL]}


def test_a_rule_is_kept_as_sent(api: Api) -> None:
    response = api.patch(AUDIENCE, {"mode": "rule", "rule": RULE})
    assert response.json()["values"] == {"mode": "rule", "rule": RULE}
    response = api.patch(VISIBILITY, {"restricted": True, "conditions": EMAIL})
    assert response.json()["values"] == {"restricted": True, "conditions": EMAIL}


def test_a_rule_lives_with_the_mode_rule_only(api: Api) -> None:
    assert api.patch(AUDIENCE, {"mode": "rule"}).status_code == 422
    assert api.patch(AUDIENCE, {"rule": RULE}).status_code == 422
    assert api.patch(AUDIENCE, {"mode": "everyone", "rule": RULE}).status_code == 422
    assert api.patch(AUDIENCE, {"mode": "rule", "rule": None}).status_code == 422
    api.patch(AUDIENCE, {"mode": "rule", "rule": RULE})
    assert api.patch(AUDIENCE, {"rule": EMAIL}, revision=2).json()["values"] == {"mode": "rule", "rule": EMAIL}
    assert api.patch(AUDIENCE, {"mode": "rule"}, revision=3).json()["revision"] == 3
    response = api.patch(AUDIENCE, {"mode": "nobody", "rule": None}, revision=3)
    assert response.json()["values"] == {"mode": "nobody", "rule": None}


def test_conditions_outlive_the_restriction(api: Api) -> None:
    api.patch(VISIBILITY, {"restricted": True, "conditions": EMAIL})
    response = api.patch(VISIBILITY, {"restricted": False}, revision=2)
    assert response.json()["values"] == {"restricted": False, "conditions": EMAIL}
    response = api.patch(VISIBILITY, {"conditions": None}, revision=3)
    assert response.json()["values"] == {"restricted": False, "conditions": None}


@one_is_enough
@pytest.mark.parametrize(
    ("rule", "code", "field"),
    [
        ({}, "rule_invalid", None),
        ({"operator": "and", "predicates": []}, "rule_invalid", "predicates"),
        ({"operator": "nor", "predicates": [EMAIL]}, "rule_invalid", "operator"),
        ({"operator": "not", "predicates": [EMAIL, EMAIL]}, "rule_invalid", "predicates"),
        ({**EMAIL, "attribute": "custom_attributes.nope"}, "unknown_attribute", "attribute"),
        ({**EMAIL, "attribute": "nope"}, "unknown_attribute", "attribute"),
        ({**EMAIL, "type": "number", "comparison": "gt", "value": 1}, "rule_invalid", "type"),
        ({**EMAIL, "comparison": "gt"}, "rule_invalid", "comparison"),
        ({**EMAIL, "value": 1}, "value_invalid", "value"),
    ],
)
def test_a_rule_that_is_none_is_refused(
    api: Api, engine: Engine, rule: dict[str, Any], code: str, field: str | None
) -> None:
    before = dump(engine)
    for path, name, values in (
        (AUDIENCE, "rule", {"mode": "rule", "rule": rule}),
        (VISIBILITY, "conditions", {"conditions": rule}),
    ):
        response = api.patch(path, values)
        assert (response.status_code, set(codes(response))) == (422, {code}), response.text
        assert all(one.startswith(name) for one in fields(response))
        if field:
            assert f"{name}.{field}" in fields(response)
    assert dump(engine) == before


@one_is_enough
def test_something_else_than_a_rule_is_of_another_form(api: Api) -> None:
    for rule in ("everyone", [], 1, True):
        response = api.patch(AUDIENCE, {"mode": "rule", "rule": rule})
        assert (response.status_code, fields(response)) == (400, {"rule"})


def test_a_rule_may_name_an_attribute_as_soon_as_it_is_there(api: Api) -> None:
    rule = {"attribute": "custom_attributes.team_size", "type": "number", "comparison": "gt", "value": 3}
    assert api.patch(AUDIENCE, {"mode": "rule", "rule": rule}).status_code == 422
    api.create("/data_attributes/contact/team_size", {"type": "integer"})
    assert api.patch(AUDIENCE, {"mode": "rule", "rule": rule}).status_code == 200


def test_a_rule_too_deep_is_refused_by_what_rules_may_be(api: Api) -> None:
    rule: dict[str, Any] = EMAIL
    for _ in range(12):
        rule = {"operator": "not", "predicates": [rule]}
    response = api.patch(AUDIENCE, {"mode": "rule", "rule": rule})
    assert (response.status_code, codes(response)) == (422, ["rule_invalid"])

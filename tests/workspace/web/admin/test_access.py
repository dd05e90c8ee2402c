"""Preview, compare and check over the admin API, on the example workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.admin.client import HELP_CENTER, Api, codes, dump, fields
from tests.support.databases import copied
from workspace.core.data_files import example_path
from workspace.serve import startup
from workspace.serve.seed import load as seed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

QUESTIONS = ("preview", "parts", "compare", "changed", "check")
PREVIEW, PARTS, COMPARE, CHANGED, CHECK = (f"{HELP_CENTER}/access/{name}" for name in QUESTIONS)
EMAIL = {"attribute": "email", "type": "text", "comparison": "ends_with", "value": "@examply.com"}
TIER = {
    "attribute": "company.custom_attributes.plan_tier",
    "type": "text",
    "comparison": "in",
    "value": ["team", "enterprise"],
}
BETA = {"attribute": "tag", "type": "tag", "comparison": "eq", "value": "beta"}
RULE = {"operator": "or", "predicates": [{"operator": "and", "predicates": [EMAIL, TIER]}, BETA]}
AUDIENCE = {"mode": "rule", "rule": RULE}
PUBLIC = {"restricted": False, "conditions": None}
CLOSED = {"open": False, "audience": AUDIENCE, "ticket_visibility": PUBLIC}
OPEN = {"open": True, "audience": AUDIENCE, "ticket_visibility": PUBLIC}


def fill(engine: Engine) -> None:
    seed.load_file(engine, example_path(startup.DEFAULT_SEED))


@pytest.fixture
def engine(database_kind: str) -> Iterator[Engine]:
    """The example workspace."""
    with copied(database_kind, fill) as engine:
        yield engine


def ask(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = api.send("POST", path, json=body)
    assert response.status_code == 200, response.text
    by_name: dict[str, Any] = response.json()
    return by_name


def test_preview_pages_through_the_people(api: Api) -> None:
    first = ask(api, PREVIEW, {"audience": AUDIENCE, "per_page": 10})
    assert (first["page"], first["per_page"], first["total_pages"]) == (1, 10, 3)
    people = [
        one
        for page in (1, 2, 3)
        for one in ask(api, PREVIEW, {"audience": AUDIENCE, "page": page, "per_page": 10})["people"]
    ]
    assert len(people) == first["count"] == len({one["id"] for one in people})
    emails = [one["email"].casefold() for one in people]
    assert emails == sorted(emails)
    assert "ada@examply.com" in emails
    assert next(one for one in people if one["email"] == "tomas.herrera@examply.com")["companies"] == [
        "Examply",
        "Examply Labs",
    ]
    assert ask(api, PREVIEW, {"audience": AUDIENCE, "page": 10**15})["people"] == []
    assert ask(api, PREVIEW, {"audience": {"mode": "nobody"}})["count"] == 0
    everyone = ask(api, PREVIEW, {"audience": {"mode": "everyone", "rule": None}})
    assert everyone["count"] == ask(api, COMPARE, {"before": CLOSED, "after": CLOSED})["people"]


def test_opening_the_portal_is_seen_before_it_happens(api: Api, engine: Engine) -> None:
    before = dump(engine)
    comparison = ask(api, COMPARE, {"before": CLOSED, "after": OPEN, "sample": 2})
    assert comparison["before"] == {"count": 0, "own_only": 0}
    assert (
        comparison["gained"]["count"]
        == comparison["after"]["count"]
        == ask(api, PREVIEW, {"audience": AUDIENCE})["count"]
    )
    assert len(comparison["gained"]["sample"]) == 2
    assert comparison["without_company"]["sample"][0]["email"] == "felix.brandt@freelance.example"
    assert (
        "Examply" in ask(api, COMPARE, {"before": CLOSED, "after": OPEN, "sample": 100})["companies_gained"]["sample"]
    )
    restricted = {**OPEN, "ticket_visibility": {"restricted": True, "conditions": EMAIL}}
    less = ask(api, COMPARE, {"before": OPEN, "after": restricted})
    assert less["sees_less"]["count"] == less["after"]["own_only"] > 0
    assert ask(api, COMPARE, {"before": restricted, "after": OPEN})["sees_more"]["count"] == less["sees_less"]["count"]
    assert dump(engine) == before


def test_those_who_gain_are_listed_page_by_page_with_the_condition(api: Api) -> None:
    asked: dict[str, Any] = {"before": CLOSED, "after": OPEN, "per_page": 10}
    entries: list[dict[str, Any]] = []
    for _ in range(3):
        page = ask(api, CHANGED, asked)
        entries += [
            {**one, "because": [page["conditions"][why["condition"]]["value"] for why in one["because"]]}
            for one in page["people"]
        ]
        asked["beyond"] = page["following"]
    assert asked["beyond"] is None
    assert len(entries) == ask(api, COMPARE, {"before": CLOSED, "after": OPEN})["gained"]["count"] == 26
    ada = next(one for one in entries if one["person"]["email"] == "ada@examply.com")
    assert (ada["change"], ada["company"]) == ("gained", "Examply")
    assert ada["because"] == ["@examply.com", ["team", "enterprise"]]
    felix = next(one for one in entries if one["person"]["email"] == "felix.brandt@freelance.example")
    assert (felix["company"], felix["because"]) == (None, ["beta"])


def test_an_attribute_that_a_plan_will_create_may_be_named(api: Api) -> None:
    rule = {"attribute": "company.custom_attributes.portal", "type": "boolean", "comparison": "eq", "value": True}
    audience = {"mode": "rule", "rule": rule}
    assert ask(api, PREVIEW, {"audience": audience})["count"] == 0
    view = {**OPEN, "audience": audience}
    assert ask(api, COMPARE, {"before": OPEN, "after": view})["after"]["count"] == 0
    (result,) = ask(api, CHECK, {"people": ["ada@examply.com"], "view": view})["results"]
    assert result["explanation"]["pairs"][0]["tree"]["found"] is None
    wrong = {"mode": "rule", "rule": {**rule, "attribute": "company.portal"}}
    assert codes(api.send("POST", PREVIEW, json={"audience": wrong})) == ["unknown_attribute"]


def test_parts_of_a_rule_are_counted_one_by_one(api: Api) -> None:
    rules = [EMAIL, TIER, BETA, {**BETA, "value": "no such tag"}, RULE]
    answer = ask(api, PARTS, {"rules": rules})
    counts = [ask(api, PREVIEW, {"audience": {"mode": "rule", "rule": one}})["count"] for one in rules]
    assert [one["count"] for one in answer["parts"]] == counts
    assert counts[3] == 0 < counts[2]
    assert answer["people"] == ask(api, PREVIEW, {"audience": {"mode": "everyone", "rule": None}})["count"]
    assert "beta" in answer["tags"]
    assert [len(one["sample"]) for one in answer["parts"]] == [min(3, count) for count in counts]


def test_check_says_what_people_can_do_and_why(api: Api) -> None:
    people = ["ADA@examply.com", "u-1001", "eve@elsewhere.example", "nobody@examply.com"]
    ada, same, eve, nobody = ask(api, CHECK, {"people": people, "view": OPEN, "card_shown": True})["results"]
    assert ada["can"] == {"open_portal": True, "see_card": True, "see_company_tickets": True}
    assert ada["person"] == same["person"]
    assert ada["explanation"]["pairs"][0]["tree"]["predicates"][0]["predicates"][1]["found"] == "enterprise"
    assert eve["found"] is True
    assert eve["in_audience"] is False
    assert not any(eve["can"].values())
    assert eve["explanation"]["pairs"][0]["company"]["name"] == "Puget Print Works"
    assert (nobody["found"], nobody["person"], nobody["explanation"]) == (False, None, None)
    assert ask(api, CHECK, {"people": []}) == {"results": []}


def test_check_lists_tickets_where_it_is_asked_to(api: Api) -> None:
    given = {"people": ["ada@examply.com", "eve@elsewhere.example", "nobody@examply.com"], "view": OPEN}
    assert all("tickets" not in one for one in ask(api, CHECK, given)["results"])
    ada, eve, nobody = ask(api, CHECK, {**given, "tickets": 1000})["results"]
    assert ada["tickets"]["count"] == len(ada["tickets"]["numbers"]) > 2
    assert ada["tickets"]["numbers"] == sorted(ada["tickets"]["numbers"])
    short = ask(api, CHECK, {**given, "tickets": 2})["results"][0]["tickets"]
    assert short == {**ada["tickets"], "numbers": ada["tickets"]["numbers"][:2]}
    assert (eve["tickets"]["count"], eve["tickets"]["numbers"]) == (0, [])
    hidden = {one["whose"]: one for one in eve["tickets"]["hidden"]}
    assert {"own", "other"} <= hidden.keys()
    assert (
        hidden["own"]["url"] == f"https://acme.helpcenter.example/en/tickets-portal/tickets/{hidden['own']['number']}"
    )
    assert "tickets" not in nobody
    assert codes(api.send("POST", CHECK, json={**given, "tickets": 1001})) == ["value_invalid"]


def test_check_without_a_view_asks_what_is_in_force(api: Api) -> None:
    def ada() -> dict[str, Any]:
        (result,) = ask(api, CHECK, {"people": ["ada@examply.com"]})["results"]
        return result["can"]

    nothing = {"open_portal": False, "see_card": False, "see_company_tickets": False}
    assert ada() == nothing
    api.meet_requirements()
    api.patch(f"{HELP_CENTER}/audience", AUDIENCE)
    assert ada() == nothing
    assert api.patch(f"{HELP_CENTER}/portal", {"enabled": True}).status_code == 200
    # Enabling puts the card into the draft; it shows when that is published.
    assert ada() == {"open_portal": True, "see_card": False, "see_company_tickets": True}
    assert api.send("POST", f"{HELP_CENTER}/homepage/publish", json={}, revision=2).status_code == 200
    assert ada()["see_card"] is True
    api.patch(f"{HELP_CENTER}/ticket_visibility", {"restricted": True})
    assert ada() == {"open_portal": True, "see_card": True, "see_company_tickets": False}
    # A required setting breaks: the portal stays enabled, and lets nobody in.
    api.patch("/identity", {"mode": "off"}, revision=2)
    assert ada() == nothing


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "field"),
    [
        (PREVIEW, {}, 400, "parameter_invalid", ""),
        (PREVIEW, {"audience": AUDIENCE, "per_page": 501}, 422, "value_invalid", "per_page"),
        (PREVIEW, {"audience": AUDIENCE, "page": 0}, 422, "value_invalid", "page"),
        (PREVIEW, {"audience": {"mode": "rule"}}, 422, "value_invalid", "audience.rule"),
        (PREVIEW, {"audience": {"mode": "everyone", "rule": RULE}}, 422, "value_invalid", "audience.rule"),
        (
            PREVIEW,
            {"audience": {"mode": "rule", "rule": {**EMAIL, "value": 1}}},
            422,
            "value_invalid",
            "audience.rule.value",
        ),
        (COMPARE, {"before": CLOSED}, 400, "parameter_invalid", ""),
        (
            COMPARE,
            {"before": CLOSED, "after": {**OPEN, "audience": {"mode": "rule", "rule": {}}}},
            422,
            "rule_invalid",
            "after.audience.rule.type",
        ),
        (
            COMPARE,
            {
                "before": CLOSED,
                "after": {**OPEN, "ticket_visibility": {"restricted": True, "conditions": {**BETA, "type": "text"}}},
            },
            422,
            "rule_invalid",
            "after.ticket_visibility.conditions.type",
        ),
        (CHANGED, {"before": CLOSED}, 400, "parameter_invalid", ""),
        (CHANGED, {"before": CLOSED, "after": OPEN, "per_page": 1001}, 422, "value_invalid", "per_page"),
        (CHANGED, {"before": CLOSED, "after": OPEN, "beyond": 1}, 400, "parameter_invalid", "beyond"),
        (CHECK, {"people": [1]}, 400, "parameter_invalid", "people[0]"),
        (
            CHECK,
            {"people": ["a"], "view": {**OPEN, "audience": {"mode": "rule"}}},
            422,
            "value_invalid",
            "view.audience.rule",
        ),
        (CHECK, {"people": ["a"] * 1001}, 422, "value_invalid", "people"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    api: Api, *, path: str, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    response = api.send("POST", path, json=body)
    assert response.status_code == status, response.text
    assert code in codes(response)
    assert not field or field in fields(response), response.text


@pytest.mark.parametrize("name", ["preview", "compare", "changed", "check"])
def test_there_is_nothing_to_ask_of_a_help_center_that_is_not_there(api: Api, name: str) -> None:
    views = {"before": OPEN, "after": OPEN}
    body = {"preview": {"audience": AUDIENCE}, "compare": views, "changed": views, "check": {"people": []}}[name]
    assert api.send("POST", f"/help_centers/gone/access/{name}", json=body).status_code == 404

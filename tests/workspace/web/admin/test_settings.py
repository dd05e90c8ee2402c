"""What holds for every settings resource that is a revision and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.admin.client import HELP_CENTER, PLAIN_WRITES, Api, codes, dump, fields
from tests.support.databases import one_is_enough

if TYPE_CHECKING:
    from sqlalchemy import Engine

each = pytest.mark.parametrize(("path", "address", "values"), PLAIN_WRITES, ids=[one[1] for one in PLAIN_WRITES])


@each
def test_a_write_changes_what_it_names_and_nothing_else(
    api: Api, path: str, address: str, values: dict[str, Any]
) -> None:
    before = api.get(path)
    assert before.headers["ETag"].startswith('"1-')
    response = api.patch(path, values)
    assert response.status_code == 200
    assert response.headers["ETag"].startswith('"2-')
    assert response.json() == {
        "revision": 2,
        "values": {**before.json()["values"], **values},
        "also": {},
    }
    assert api.get(path).json() == {"revision": 2, "values": response.json()["values"]}


@each
def test_a_write_is_counted_and_logged_once(api: Api, path: str, address: str, values: dict[str, Any]) -> None:
    before = api.get(path).json()["values"]
    revision = api.configuration()["revision"]
    api.patch(path, values)
    assert api.configuration()["revision"] == revision + 1
    (entry,) = api.activity()
    assert entry["resource"] == address
    assert entry["revision"] == revision + 1
    assert entry["by"] == {"type": "token", "name": "ada"}
    assert entry["changes"] == {name: {"before": before[name], "after": value} for name, value in values.items()}


@each
def test_a_write_that_changes_nothing_leaves_no_trace(
    api: Api, engine: Engine, path: str, address: str, values: dict[str, Any]
) -> None:
    current = api.get(path).json()["values"]
    before = dump(engine)
    for same in ({}, {name: current[name] for name in values}):
        response = api.patch(path, same)
        assert response.status_code == 200
        assert response.json() == {"revision": 1, "values": current, "also": {}}
    assert dump(engine) == before


@each
def test_a_write_from_an_old_revision_is_told_what_was_changed_since(
    api: Api, engine: Engine, path: str, address: str, values: dict[str, Any]
) -> None:
    api.patch(path, values)
    before = dump(engine)
    response = api.patch(path, values, revision=1)
    assert response.status_code == 412
    (problem,) = response.json()["errors"]
    assert problem["code"] == "revision_mismatch"
    assert problem["data"]["current_revision"] == 2
    assert problem["data"]["changes"] == api.activity()
    assert dump(engine) == before


@each
def test_a_write_needs_a_revision(api: Api, engine: Engine, path: str, address: str, values: dict[str, Any]) -> None:
    before = dump(engine)
    assert api.patch(path, values, revision=None).status_code == 428
    for malformed in ("*", "1", 'W/"1"', '"1", "2"', '"one"', '""', '"' + "9" * 30 + '"'):
        response = api.send("PATCH", path, json=values, headers={"If-Match": malformed})
        assert (response.status_code, fields(response)) == (400, {"If-Match"}), malformed
    assert dump(engine) == before


@one_is_enough
@each
def test_an_unknown_or_wrongly_typed_field_is_refused(
    api: Api, engine: Engine, path: str, address: str, values: dict[str, Any]
) -> None:
    before = dump(engine)
    (name,) = values
    response = api.patch(path, {**values, "colour": "blue", "size": 1})
    assert (response.status_code, fields(response)) == (400, {"colour", "size"})
    response = api.patch(path, {name: [1]})
    assert (response.status_code, fields(response)) == (400, {name})
    assert dump(engine) == before


@one_is_enough
@each
def test_a_resource_has_no_other_methods(api: Api, path: str, address: str, values: dict[str, Any]) -> None:
    there = {"GET", "HEAD", "PATCH"} | ({"DELETE", "PUT"} if address.startswith("data_attribute/") else set())
    for method in {"POST", "DELETE", "OPTIONS"} - there:
        response = api.send(method, path)
        assert response.status_code == 405
        assert set(response.headers["Allow"].split(", ")) == there


@one_is_enough
@pytest.mark.parametrize(
    ("path", "values", "field"),
    [
        (HELP_CENTER, {"custom_domain": "https://help.acme.example"}, "custom_domain"),
        (HELP_CENTER, {"custom_domain": "Help.acme.example"}, "custom_domain"),
        (HELP_CENTER, {"custom_domain": "localhost"}, "custom_domain"),
        (HELP_CENTER, {"custom_domain": "a" * 64 + ".example"}, "custom_domain"),
        (HELP_CENTER, {"custom_domain": ""}, "custom_domain"),
        ("/identity", {"mode": "none"}, "mode"),
        ("/site", {"plan": "free"}, "plan"),
        (f"{HELP_CENTER}/audience", {"mode": "some"}, "mode"),
        ("/data_attributes/company/plan_tier", {"options": []}, "options"),
        ("/data_attributes/company/plan_tier", {"options": ["a", "a"]}, "options"),
        ("/data_attributes/company/plan_tier", {"options": [""]}, "options[0]"),
        ("/data_attributes/company/plan_tier", {"type": "integer"}, "type"),
        ("/data_attributes/contact/companies", {"options": ["a"]}, "options"),
    ],
)
def test_a_value_that_may_not_be_set_is_refused(
    api: Api, engine: Engine, path: str, values: dict[str, Any], field: str
) -> None:
    before = dump(engine)
    response = api.patch(path, values)
    assert (response.status_code, set(codes(response)), fields(response)) == (422, {"value_invalid"}, {field})
    assert dump(engine) == before


@one_is_enough
@pytest.mark.parametrize(
    ("acknowledgement", "status"),
    [
        ({"acknowledged_by": "Ada", "reason": "A proxy hides it", "until": "2027-01-31"}, 200),
        ({"acknowledged_by": "Ada", "reason": "It ended", "until": "2020-01-31"}, 200),
        ({"acknowledged_by": "Ada", "reason": "No end"}, 400),
        ({"acknowledged_by": "Ada", "reason": "More", "until": "2027-01-31", "more": 1}, 400),
        ({"acknowledged_by": "", "reason": "Nobody", "until": "2027-01-31"}, 422),
        ({"acknowledged_by": "Ada", "reason": "No such day", "until": "2027-02-30"}, 422),
        ("yes", 400),
        (None, 400),
    ],
)
def test_cookie_forwarding_can_be_acknowledged(api: Api, acknowledgement: Any, status: int) -> None:
    assert api.patch(HELP_CENTER, {"cookie_forwarding": acknowledgement}).status_code == status


def test_what_is_not_there_is_not_found(api: Api) -> None:
    for path in (
        "/help_centers/nope",
        "/help_centers/nope/audience",
        "/help_centers/nope/ticket_visibility",
        "/help_centers/nope/portal",
        "/data_attributes/company/nope",
        "/data_attributes/nope/plan_tier",
    ):
        assert api.get(path).status_code == 404
        assert api.patch(path, {}).status_code == 404
    assert api.get("/help_centers/nope/homepage/draft").status_code == 404
    assert api.patch("/help_centers/nope/homepage/draft", {"sections": []}).status_code == 404
    assert api.send("POST", "/help_centers/nope/homepage/publish", json={}, revision=1).status_code == 404
    assert api.get("/help_centers/nope/configuration").status_code == 404
    for path in ("/nope", "/identity/", "/help_centers/acme/nope", "/help_centers//audience", "/help_centers/a%00b"):
        assert api.get(path).status_code == 404


def test_one_help_center_does_not_touch_another(api: Api) -> None:
    before = api.get("/help_centers/other/configuration").json()
    api.patch(HELP_CENTER, {"live": True})
    api.patch(f"{HELP_CENTER}/audience", {"mode": "everyone"})
    after = api.get("/help_centers/other/configuration").json()
    assert {**after, "revision": before["revision"], "moment": before["moment"]} == before


def test_true_is_not_one(api: Api) -> None:
    assert api.patch(HELP_CENTER, {"live": 1}).status_code == 400
    assert api.patch("/messenger_spaces", {"tickets": 1}).status_code == 400

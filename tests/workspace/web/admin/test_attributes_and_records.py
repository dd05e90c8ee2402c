"""What is created: data attributes and records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.admin.client import HELP_CENTER, Api, Clock, codes, dump, fields
from tests.support.databases import one_is_enough

if TYPE_CHECKING:
    from sqlalchemy import Engine

RECORD = {
    "help_center": "acme",
    "digest": "sha256:0123",
    "values": {"identity": {"mode": "jwt"}, "audience/acme": {"mode": "nobody", "rule": None}},
    "commit": "0c0ffee",
}


@pytest.mark.parametrize("kind", ["string", "integer", "float", "boolean", "date", "datetime"])
@pytest.mark.parametrize("model", ["contact", "company"])
def test_an_attribute_is_created_with_defaults(api: Api, model: str, kind: str) -> None:
    response = api.create(f"/data_attributes/{model}/team_size", {"type": kind})
    assert (response.status_code, response.headers["ETag"][:3]) == (201, '"1-')
    values = {"type": kind, "options": None, "description": None, "messenger_writable": False}
    assert response.json() == {"revision": 1, "values": values, "also": {}}
    (shown,) = [one for one in api.configuration()["data_attributes"] if one["name"] == "team_size"]
    assert shown == {"model": model, "name": "team_size", "custom": True, "revision": 1, "values": values}
    (entry,) = api.activity()
    assert entry["changes"]["type"] == {"before": None, "after": kind}
    assert entry["description"] == f"Created the data attribute {model}.team_size"
    assert set(entry["changes"]) == set(values)


def test_an_attribute_is_created_once(api: Api, engine: Engine) -> None:
    api.create("/data_attributes/contact/size", {"type": "integer"})
    before = dump(engine)
    for path in ("/data_attributes/contact/size", "/data_attributes/contact/companies"):
        response = api.create(path, {"type": "integer"})
        assert (response.status_code, codes(response)) == (412, ["already_exists"])
        assert response.json()["errors"][0]["data"]["current_revision"] == 1
    assert dump(engine) == before
    # The same name belongs to each model apart.
    assert api.create("/data_attributes/company/size", {"type": "string"}).status_code == 201


@one_is_enough
@pytest.mark.parametrize(
    ("path", "values", "refused"),
    [
        ("/data_attributes/contact/size", {}, (400, {"type"})),
        ("/data_attributes/contact/size", {"type": "text"}, (422, {"type"})),
        ("/data_attributes/contact/size", {"type": "relation"}, (422, {"type"})),
        ("/data_attributes/contact/size", {"type": "integer", "options": ["a"]}, (422, {"options"})),
        ("/data_attributes/contact/size", {"type": "string", "options": "a"}, (400, {"options"})),
        ("/data_attributes/contact/size", {"type": "integer", "custom": True}, (400, {"custom"})),
        ("/data_attributes/contact/1size", {"type": "integer"}, (422, {"name"})),
        ("/data_attributes/contact/si.ze", {"type": "integer"}, (422, {"name"})),
        ("/data_attributes/contact/" + "x" * 191, {"type": "integer"}, (422, {"name"})),
        ("/data_attributes/contact/gr%C3%B6%C3%9Fe", {"type": "integer"}, (422, {"name"})),
    ],
)
def test_an_attribute_that_cannot_be_is_refused(
    api: Api, engine: Engine, path: str, values: dict[str, Any], refused: tuple[int, set[str]]
) -> None:
    before = dump(engine)
    response = api.create(path, values)
    assert (response.status_code, fields(response)) == refused
    assert dump(engine) == before


def test_creating_says_that_it_creates(api: Api, engine: Engine) -> None:
    before = dump(engine)
    path = "/data_attributes/contact/size"
    assert api.send("PUT", path, json={"type": "integer"}).status_code == 428
    assert api.send("PUT", path, json={"type": "integer"}, revision=1).status_code == 428
    response = api.send("PUT", path, json={"type": "integer"}, headers={"If-None-Match": '"1"'})
    assert (response.status_code, fields(response)) == (400, {"If-None-Match"})
    assert api.create("/data_attributes/ticket/size", {"type": "integer"}).status_code == 404
    assert dump(engine) == before


def test_options_come_and_go(api: Api) -> None:
    path = "/data_attributes/company/plan_tier"
    assert api.patch(path, {"options": ["free", "team", "enterprise"], "type": "string"}).json()["revision"] == 2
    assert api.patch(path, {"options": None}, revision=2).json()["values"]["options"] is None


def test_a_record_is_made_and_replaced(api: Api, clock: Clock) -> None:
    assert api.get("/records/acme").status_code == 404
    response = api.create("/records/acme", RECORD)
    assert (response.status_code, response.headers["ETag"][:3]) == (201, '"1-')
    made = {"name": "acme", "revision": 1, **RECORD, "applied_at": "2026-03-14T12:00:00Z", "applied_by": "ada"}
    made |= {"base": None, "verification": None}
    assert response.json() == made == api.get("/records/acme").json()
    clock.forward(minutes=5)
    newer = {**RECORD, "digest": "sha256:4567", "commit": None}
    response = api.send("PUT", "/records/acme", json=newer, revision=1)
    assert (response.status_code, response.headers["ETag"][:3]) == (200, '"2-')
    assert response.json() == {**made, **newer, "revision": 2, "applied_at": "2026-03-14T12:05:00Z"}
    entry, _ = api.activity(resource="record/acme")
    assert entry["activity_type"] == "record_change"
    assert entry["changes"]["digest"] == {"before": "sha256:0123", "after": "sha256:4567"}


def test_the_same_record_again_leaves_no_trace(api: Api, engine: Engine, clock: Clock) -> None:
    api.create("/records/acme", RECORD)
    before = dump(engine)
    clock.forward(minutes=5)
    response = api.send("PUT", "/records/acme", json=RECORD, revision=1)
    assert (response.status_code, response.json()["revision"]) == (200, 1)
    assert dump(engine) == before


def test_a_record_of_a_part_is_of_no_configuration(api: Api) -> None:
    assert api.create("/records/acme", {**RECORD, "digest": ""}).json()["digest"] == ""


def test_a_record_needs_to_know_what_it_replaces(api: Api, engine: Engine) -> None:
    api.create("/records/acme", RECORD)
    before = dump(engine)
    newer = {**RECORD, "digest": "x"}
    response = api.send("PUT", "/records/acme", json=newer, revision=2)
    assert (response.status_code, codes(response)) == (412, ["revision_mismatch"])
    response = api.create("/records/acme", newer)
    assert (response.status_code, codes(response)) == (412, ["already_exists"])
    assert response.json()["errors"][0]["data"]["changes"] == api.activity()
    assert api.send("PUT", "/records/acme", json=newer).status_code == 428
    assert api.send("PUT", "/records/nope", json=newer, revision=1).status_code == 404
    assert api.create("/records/other", newer, revision=1).status_code == 400
    assert dump(engine) == before


@one_is_enough
@pytest.mark.parametrize(
    ("name", "change", "status"),
    [
        ("acme", {"help_center": "nope"}, 422),
        ("acme", {"digest": "x" * 101}, 422),
        ("acme", {"digest": 1}, 400),
        ("acme", {"values": {"identity": "jwt"}}, 400),
        ("acme", {"applied_by": "eve"}, 400),
        ("-acme", {}, 422),
        ("ac me", {}, 422),
        ("x" * 201, {}, 422),
    ],
)
def test_a_record_that_cannot_be_is_refused(
    api: Api, engine: Engine, name: str, change: dict[str, Any], status: int
) -> None:
    before = dump(engine)
    assert api.create(f"/records/{name}", {**RECORD, **change}).status_code == status
    assert dump(engine) == before


@one_is_enough
def test_a_field_of_a_record_is_never_optional(api: Api) -> None:
    for name in RECORD:
        response = api.create("/records/acme", {key: value for key, value in RECORD.items() if key != name})
        assert (response.status_code, fields(response)) == (400, {name})


def test_activity_can_be_narrowed(api: Api) -> None:
    for number, live in enumerate([True, False, True], start=1):
        api.patch(HELP_CENTER, {"live": live}, revision=number)
    api.patch("/identity", {"mode": "jwt"}, headers={"User-Agent": "portal/1.0"})
    assert [entry["revision"] for entry in api.activity()] == [5, 4, 3, 2]
    assert [entry["revision"] for entry in api.activity(resource="help_center/acme")] == [4, 3, 2]
    assert [entry["revision"] for entry in api.activity(after_revision=3)] == [5, 4]
    assert [entry["revision"] for entry in api.activity(limit=1)] == [5]
    assert api.activity(resource="nope") == []
    assert [entry["via"] for entry in api.activity(limit=2)] == ["portal", "api"]
    types = {entry["resource"]: entry["activity_type"] for entry in api.activity()}
    assert types == {"help_center/acme": "help_center_settings_change", "identity": "security_settings_change"}


def test_a_refused_write_hears_only_of_what_came_after_its_revision(api: Api) -> None:
    for number, live in enumerate([True, False, True], start=1):
        api.patch(HELP_CENTER, {"live": live}, revision=number)
    api.patch("/identity", {"mode": "jwt"})
    data = api.patch(HELP_CENTER, {"live": False}, revision=2).json()["errors"][0]["data"]
    assert data["current_revision"] == 4
    assert data["changes"] == api.activity(resource="help_center/acme")[:2]
    assert api.patch(HELP_CENTER, {"live": False}, revision=9).json()["errors"][0]["data"]["changes"] == []


VERIFIED = {
    "digest": "sha256:0123",
    "passed": True,
    "observed": True,
    "counts": {"passed": 12, "failed": 0, "skipped": 1},
}


def test_a_record_keeps_the_configuration_that_was_applied(api: Api) -> None:
    base = {"digest": "sha256:89ab", "document": {"version": 1, "name": "acme"}}
    assert api.create("/records/acme", {**RECORD, "base": base}).json()["base"] == base
    assert api.get("/records/acme").json()["base"] == base
    assert api.send("PUT", "/records/acme", json=RECORD, revision=1).json()["base"] is None


def test_a_record_tells_its_newest_verification(api: Api) -> None:
    path = "/records/acme/verification"
    assert api.send("PUT", path, json=VERIFIED, revision=1).status_code == 404
    assert api.create("/records/acme", RECORD).json()["verification"] is None
    before = api.get("/help_centers/acme/configuration?record=acme")

    noted = api.send("PUT", path, json=VERIFIED, revision=1)
    assert noted.status_code == 200
    said = {**VERIFIED, "revision": 1, "record_revision": 1, "by": "ada", "at": "2026-03-14T12:00:00Z"}
    assert noted.json() == said
    after = api.get("/help_centers/acme/configuration?record=acme")
    assert after.json()["record"]["verification"] == said
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.json()["record"]["revision"] == 1

    failed = {**VERIFIED, "passed": False, "counts": {"passed": 11, "failed": 1, "skipped": 1}}
    assert api.send("PUT", path, json=failed, revision=1).json()["revision"] == 2
    assert api.get("/records/acme").json()["verification"]["passed"] is False
    newest, first, _ = api.activity()
    assert (newest["resource"], newest["activity_type"]) == ("verification/acme", "verification")
    assert newest["changes"]["passed"] == {"before": True, "after": False}
    assert first["description"] == "Verified acme: it passed"


def test_a_verification_of_what_is_there_no_more_is_refused(api: Api) -> None:
    path = "/records/acme/verification"
    api.create("/records/acme", RECORD)
    assert api.send("PUT", "/records/acme", json={**RECORD, "digest": "x"}, revision=1).status_code == 200
    assert api.send("PUT", path, json=VERIFIED, revision=1).status_code == 412
    assert api.send("PUT", path, json=VERIFIED).status_code == 428
    assert api.send("PUT", path, json={**VERIFIED, "passed": 1}, revision=2).status_code == 400
    api.lease()
    assert api.send("PUT", path, json=VERIFIED, revision=2).status_code == 423
    assert api.get("/records/acme").json()["verification"] is None

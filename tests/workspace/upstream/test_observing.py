"""What one look at the vendor brings into the settings, and how each value is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.upstream.vendor import error
from workspace.core.errors import WorkspaceError
from workspace.upstream import observing

if TYPE_CHECKING:
    import httpx

    from tests.support.upstream.stage import Stage


def known(document: dict[str, Any], address: str, field: str) -> dict[str, Any]:
    answer: dict[str, Any] = document["upstream"]["known"].get(address, {}).get(field, {"how": "unknown"})
    return answer


def test_an_empty_database_becomes_the_workspace_of_the_vendor(stage: Stage) -> None:
    observing.look(stage.engine, stage.upstream())
    settings = stage.configuration()
    assert settings["workspace"]["name"] == "Acme Support"
    assert settings["required_settings"]["profile"] == "intercom"
    assert settings["help_center"]["values"]["live"] is False
    assert known(settings, "help_center/acme", "live") == {
        "how": "observed",
        "as_of": "2026-03-01T12:00:00Z",
        "by": "intercom",
        "until": None,
        "evidence": "/help_center/help_centers: website_turned_on",
        "one_of": [],
        "doubt": None,
    }
    assert known(settings, "audience/acme", "rule") == {"how": "unknown"}


def test_a_look_takes_few_calls(stage: Stage) -> None:
    observing.look(stage.engine, stage.upstream())
    assert stage.vendor.paths() == [
        "GET /me",
        "GET /help_center/help_centers",
        "GET /data_attributes",
        "GET /data_attributes",
    ]


def test_attributes_are_as_the_vendor_tells_them(stage: Stage) -> None:
    observing.look(stage.engine, stage.upstream())
    by_name = {f"{one['model']}.{one['name']}": one for one in stage.configuration()["data_attributes"]}
    with stage.behind() as intercom:
        told = intercom.get("/data_attributes", params={"model": "company"}).json()["data"]
    custom = {f"company.{one['name']}" for one in told if one["custom"]}
    assert custom
    assert custom == {name for name in by_name if name.startswith("company.")}


def test_a_change_at_the_vendor_is_found_and_logged_in_its_name(stage: Stage) -> None:
    observing.look(stage.engine, stage.upstream())
    before = stage.configuration()
    stage.vendor.bend = _turned_on
    stage.clock.now += 60
    after = stage.configuration()
    assert after["help_center"]["values"]["live"] is True
    assert after["help_center"]["revision"] == before["help_center"]["revision"] + 1
    (entry,) = stage.admin().get("/activity", params={"resource": "help_center/acme"}).json()["data"]
    assert (entry["by"]["name"], entry["via"]) == ("intercom", "intercom")
    assert entry["changes"] == {"live": {"before": False, "after": True}}


def _turned_on(request: httpx.Request, body: Any) -> Any:
    if request.url.path == "/help_center/help_centers":
        body["data"][0]["website_turned_on"] = True
    return body


def test_an_unknown_enum_value_or_field_changes_nothing(stage: Stage) -> None:
    observing.look(stage.engine, stage.upstream())

    def strange(request: httpx.Request, body: Any) -> Any:
        if request.url.path == "/data_attributes":
            body["data"].append({"type": "data_attribute", "name": "new", "custom": True, "data_type": "vector"})
        body["a_field_of_tomorrow"] = {"x": [1]}
        return body

    before = stage.configuration()
    stage.vendor.bend = strange
    stage.clock.now += 60
    after = stage.configuration()
    assert after["data_attributes"] == before["data_attributes"]


@pytest.mark.parametrize("field", ["id_code", "name", "identity_verification"])
def test_a_field_that_must_be_there_is_named(stage: Stage, field: str) -> None:
    observing.look(stage.engine, stage.upstream())

    def without(request: httpx.Request, body: Any) -> Any:
        if request.url.path == "/me":
            del body["app"][field]
        return body

    stage.vendor.bend = without
    stage.clock.now += 60
    answer = stage.admin().get("/help_centers/acme/configuration")
    assert answer.status_code == 424
    (problem,) = answer.json()["errors"]
    assert problem["code"] == "upstream_answer"
    assert f"/me cannot be used: app.{field}" in problem["message"]


def test_identity_that_is_on_is_one_of_two(stage: Stage) -> None:
    stage.vendor.bend = _verified
    observing.look(stage.engine, stage.upstream())
    mode = known(stage.configuration(), "identity", "mode")
    assert (mode["how"], mode["one_of"]) == ("observed", ["hmac", "jwt"])


def _verified(request: httpx.Request, body: Any) -> Any:
    if request.url.path == "/me":
        body["app"]["identity_verification"] = True
    return body


def test_another_region_is_an_error_that_names_the_right_one(stage: Stage) -> None:
    stage.vendor.region = "EU"
    with pytest.raises(WorkspaceError, match="region eu, not in us") as caught:
        observing.look(stage.engine, stage.upstream())
    assert "region: eu" in caught.value.remedy


def test_the_database_of_another_workspace_is_not_taken(stage: Stage) -> None:
    observing.look(stage.engine, stage.upstream())

    def other(request: httpx.Request, body: Any) -> Any:
        if request.url.path == "/me":
            body["app"]["id_code"] = "another"
        return body

    stage.vendor.bend = other
    with pytest.raises(WorkspaceError, match="token is of another"):
        observing.look(stage.engine, stage.upstream())


def test_nothing_moved_is_304(stage: Stage) -> None:
    observing.look(stage.engine, stage.upstream())
    tag = stage.admin().get("/help_centers/acme/configuration").headers["ETag"]
    stage.clock.now += 60
    again = stage.admin().get("/help_centers/acme/configuration", headers={"If-None-Match": tag})
    assert again.status_code == 304


def test_a_vendor_that_fails_is_told(stage: Stage) -> None:
    observing.look(stage.engine, stage.upstream())
    stage.vendor.script("GET", "/me", (401, error("unauthorized")))
    stage.clock.now += 60
    answer = stage.admin().get("/help_centers/acme/configuration")
    assert answer.status_code == 424
    assert answer.json()["errors"][0]["code"] == "upstream_unauthorized"

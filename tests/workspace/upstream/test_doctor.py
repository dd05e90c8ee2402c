"""What a first customer sends back: what works of the API and what does not, and shapes without a single value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.upstream.vendor import TOKEN, Clock, Vendor, error
from workspace.upstream.doctor.examination import Report, examine
from workspace.upstream.doctor.shapes import Shapes
from workspace.upstream.intercom.answers import Heard
from workspace.upstream.intercom.api import Account, Api

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.support.upstream.stage import Stage


def examined(vendor: Vendor, region: str | None = "us") -> Report:
    clock = Clock()

    def connect(place: str, hear: Callable[[Heard], None]) -> Api:
        account = Account(place, TOKEN)
        return Api(account, transport=vendor, sleep=clock.sleep, clock=clock, waiting=clock.note, hearing=hear)

    return examine(connect, region, int(clock.now))


def standings(report: Report) -> dict[str, str]:
    return {one.about: one.standing for one in report.checks}


def codes(report: Report) -> dict[str, str | None]:
    return {one.about: one.code for one in report.checks}


def test_a_workspace_that_works_is_usable(stage: Stage) -> None:
    states = standings(examined(stage.vendor))
    needed = ("token", "region", "settings", "people", "companies", "tags", "companies of a person", "tags of a person")
    assert {states[name] for name in needed} == {"ok"}
    assert states["rate limit"] == "ok"
    assert states["Help Center 1: Help Center is live"] == "warning"
    assert states["Help Center 1: Custom domain forwards cookies"] == "unknown"


def test_the_region_is_found(stage: Stage) -> None:
    stage.vendor.region = "EU"
    report = examined(stage.vendor, None)
    assert report.usable
    assert {one.said for one in report.checks if one.about == "region"} == {"eu"}


def test_another_region_than_the_one_of_the_file_is_named(stage: Stage) -> None:
    stage.vendor.region = "AU"
    report = examined(stage.vendor)
    assert not report.usable
    (check,) = report.checks
    assert (check.about, check.code) == ("region", "upstream_region")
    assert "region: au" in check.remedy


def test_a_token_that_nobody_takes() -> None:
    vendor = Vendor()
    vendor.script("GET", "/me", *[(401, error("unauthorized", "of tenant Acme"))] * 3)
    report = examined(vendor, None)
    assert codes(report) == {"token": "upstream_unauthorized"}
    assert not report.usable
    assert "Acme" not in json.dumps(report.document())


@pytest.mark.parametrize(
    ("path", "about", "usable"),
    [
        ("/tags", "tags", False),
        ("/segments", "segments", True),
        ("/admins/activity_logs", "activity log", True),
        ("/help_center/help_centers", "settings", False),
    ],
)
def test_a_permission_that_lacks_is_told(stage: Stage, path: str, about: str, usable: bool) -> None:
    stage.vendor.script("GET", path, (403, error("token_unauthorized", "no")))
    report = examined(stage.vendor)
    assert codes(report)[about] == "upstream_scope"
    assert report.usable is usable


def test_a_subscription_that_does_not_have_it_is_told(stage: Stage) -> None:
    stage.vendor.script("GET", "/admins/activity_logs", (403, error("api_plan_restricted")))
    assert codes(examined(stage.vendor))["activity log"] == "upstream_plan"


def test_an_answer_of_another_form_is_told(stage: Stage) -> None:
    stage.vendor.script("GET", "/tags", (200, {"type": "list", "labels": []}))
    report = examined(stage.vendor)
    assert codes(report)["tags"] == "upstream_answer"
    assert report.document()["shapes"]["GET /tags 2.16"]["fields"]["labels"] == ["list"]


def test_a_vendor_without_limits_in_its_headers_is_a_warning(stage: Stage) -> None:
    vendor = _Without(stage.vendor)
    assert codes(examined(vendor))["rate limit"] == "rate_limit_untold"


class _Without(Vendor):
    def __init__(self, inner: Any) -> None:
        super().__init__(inner)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        for name in [one for one in response.headers if one.lower().startswith("x-ratelimit")]:
            del response.headers[name]
        return response


def test_the_report_holds_no_value_of_the_workspace(stage: Stage) -> None:
    report = json.dumps(examined(stage.vendor).document())
    with stage.behind() as intercom:
        people = intercom.post("/contacts/search", json={"query": {"field": "role", "operator": "=", "value": "user"}})
        companies = intercom.get("/companies", params={"per_page": 50}).json()["data"]
        attributes = intercom.get("/data_attributes").json()["data"]
        me = intercom.get("/me").json()
    secrets = {TOKEN, me["app"]["name"], me["app"]["id_code"], me["email"], me["name"]}
    secrets |= {str(one[name]) for one in people.json()["data"] for name in ("id", "email", "external_id", "name")}
    secrets |= {str(one[name]) for one in companies for name in ("id", "company_id", "name")}
    # The vendor has a field of that name as well.
    secrets |= {one["name"] for one in attributes if one["custom"]} - {"region"}
    assert len(secrets) > 50
    assert not {one for one in secrets - {"None", ""} if f'"{one}' in report or f"{one}/" in report}
    assert stage.vendor.requests
    assert {one.method for one in stage.vendor.requests if one.url.path != "/contacts/search"} == {"GET"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just("CANARY"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b_c", "CANARY", "9x"]), inner),
    max_leaves=20,
)


@given(VALUES, st.sampled_from(["/contacts/CANARY", "/companies/CANARY/contacts", "/CANARY"]))
def test_a_shape_has_no_value_and_no_id(body: Any, path: str) -> None:
    shapes = Shapes()
    for status in (200, 403):
        told = {"errors": [{"code": "CANARY", "message": "CANARY"}]} if status > 200 else body
        shapes.hear(Heard("GET", path, "2.16", status, {"X-RateLimit-Limit": "CANARY", "CANARY": "x"}, told))
    assert "CANARY" not in json.dumps(shapes.document())


def test_a_vendor_that_misbehaves_is_told_and_the_rest_is_asked(stage: Stage) -> None:
    stage.vendor.script("POST", "/contacts/search", *[(500, b"")] * 4)
    stage.vendor.script("GET", "/companies", (200, b""), (429, error("rate_limit_exceeded")))
    report = examined(stage.vendor)
    assert codes(report)["people"] == "upstream_unreachable"
    assert standings(report)["companies"] == "ok"
    assert standings(report)["tags"] == "ok"
    assert not report.usable
    assert report.document()["shapes"]["GET /companies 2.16"]["statuses"] == [200, 429]

"""Calls of the vendor's API: what is sent, how often, how fast, and what a refusal becomes."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.upstream.vendor import TOKEN, Clock, Vendor, api, error
from workspace.core.errors import ApiError, WorkspaceError
from workspace.upstream.intercom import answers, paging
from workspace.upstream.intercom.api import PREVIEW, Account, Api
from workspace.upstream.problems import GoneUpstream, NotFoundUpstream, Uncertain, UpstreamError
from workspace.upstream.protocol import Incomplete

FINE = (200, {"type": "admin"})


def test_every_request_names_the_version_and_the_host_of_the_region() -> None:
    vendor = Vendor()
    vendor.script("GET", "/me", FINE, FINE)
    for region, host in (("us", "api.intercom.io"), ("eu", "api.eu.intercom.io")):
        assert api(vendor, region=region).get("/me") == {"type": "admin"}
        sent = vendor.requests[-1]
        assert (sent.url.scheme, sent.url.host) == ("https", host)
        assert sent.headers["Intercom-Version"] == "2.16"
        assert sent.headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_request_can_name_another_version() -> None:
    vendor = Vendor()
    vendor.script("GET", "/contacts/activities", (200, {"data": []}))
    api(vendor).get("/contacts/activities", version=PREVIEW)
    assert vendor.requests[0].headers.get_list("Intercom-Version") == ["Preview"]


@pytest.mark.parametrize(
    "address",
    [
        "https://api.intercom.io.evil.example",
        "http://127.0.0.1:80@evil.example",
        "http://127.0.0.1.evil.example:80",
        "http://evil.example",
        "https://127.0.0.1",
    ],
)
def test_the_token_goes_to_no_other_host(address: str) -> None:
    with pytest.raises(WorkspaceError, match="token"):
        Account("us", TOKEN, address)


def test_the_token_is_in_no_text_of_the_account() -> None:
    assert TOKEN not in repr(Account("us", TOKEN)) + str(Account("us", TOKEN))


def test_a_redirect_is_not_followed() -> None:
    vendor = Vendor()
    vendor.script("GET", "/me", (301, {}, {"Location": "https://evil.example/me"}))
    with pytest.raises(UpstreamError) as caught:
        api(vendor).get("/me")
    assert caught.value.code == "upstream_region"
    assert len(vendor.requests) == 1


# --- the rate -------------------------------------------------------------------------------------


def test_429_waits_until_the_window_ends_and_says_so() -> None:
    vendor, clock = Vendor(), Clock()
    reset = {"X-RateLimit-Reset": str(int(clock.now) + 7), "X-RateLimit-Remaining": "0"}
    vendor.script("GET", "/me", (429, error("rate_limit_exceeded"), reset), FINE)
    began = clock.now
    api(vendor, clock).get("/me")
    assert clock.now - began == pytest.approx(7)
    assert clock.waits == [(pytest.approx(7), "too many requests")]


def test_429_is_waited_for_by_the_clock_of_the_vendor() -> None:
    vendor, clock = Vendor(), Clock()
    headers = {"X-RateLimit-Reset": "1700000004", "Date": "Tue, 14 Nov 2023 22:13:20 GMT"}
    vendor.script("GET", "/me", (429, error("rate_limit_exceeded"), headers), FINE)
    began = clock.now
    api(vendor, clock).get("/me")
    assert clock.now - began == pytest.approx(4)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [167, 1667, 3])
def test_a_window_that_is_used_up_is_not_overrun(limit: int) -> None:
    clock = Clock()

    def handle(request: httpx.Request) -> httpx.Response:
        window = int(clock.now) // 10
        counted[window] = counted.get(window, 0) + 1
        clock.now += 0.001
        left = max(limit - counted[window], 0)
        headers = {"X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": str((window + 1) * 10)}
        return httpx.Response(200 if counted[window] <= limit else 429, json={"n": 1}, headers=headers)

    counted: dict[int, int] = {}
    called = api(httpx.MockTransport(handle), clock)
    for _ in range(2 * limit + 1):
        called.get("/me")
    assert max(counted.values()) <= limit
    assert called.calls == 2 * limit + 1


# --- what may have been done ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [(500, error("server_error")), (502, b""), (200, b""), (200, b"<html>"), httpx.ReadTimeout("slow")]
)
def test_a_read_is_repeated(fault: object) -> None:
    vendor = Vendor()
    vendor.script("GET", "/me", fault, fault, FINE)  # type: ignore[arg-type]
    assert api(vendor).get("/me") == {"type": "admin"}


def test_a_read_is_given_up_in_the_end() -> None:
    vendor = Vendor()
    vendor.script("GET", "/me", *[(500, {})] * 9)
    with pytest.raises(UpstreamError) as caught:
        api(vendor).get("/me")
    assert caught.value.code == "upstream_unreachable"
    assert len(vendor.requests) == 4


@pytest.mark.parametrize("fault", [(500, {}), (200, b""), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("gone")])
def test_a_write_that_may_have_been_made_is_sent_once(fault: object) -> None:
    vendor = Vendor()
    vendor.script("POST", "/data_attributes", fault)  # type: ignore[arg-type]
    with pytest.raises(Uncertain):
        api(vendor).change("POST", "/data_attributes", {"name": "x"})
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("fault", [(429, {}), httpx.ConnectError("refused")])
def test_a_write_that_was_not_begun_is_sent_again(fault: object) -> None:
    vendor = Vendor()
    vendor.script("POST", "/data_attributes", fault, (200, {"id": 1}))  # type: ignore[arg-type]
    assert api(vendor).change("POST", "/data_attributes", {"name": "x"}) == {"id": 1}


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "becomes", "says"),
    [
        (401, "unauthorized", "upstream_unauthorized", "region us"),
        (403, "forbidden", "upstream_scope", "Read and write data attributes"),
        (403, "api_plan_restricted", "upstream_plan", "subscription"),
        (404, "not_found", "upstream_not_found", ""),
        (400, "parameter_invalid", "upstream_refused", ""),
        (418, "a code that nobody knows", "upstream_refused", ""),
        (409, "conflict", "upstream_conflict", ""),
    ],
)
def test_a_refusal_becomes_a_code_of_ours(status: int, code: str, becomes: str, says: str) -> None:
    vendor = Vendor()
    vendor.script("GET", "/data_attributes", (status, error(code)))
    with pytest.raises(ApiError) as caught:
        api(vendor).get("/data_attributes")
    (problem,) = caught.value.problems
    assert problem.code == becomes
    assert says in str((problem.data or {}).get("remedy", ""))
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("link", "into"),
    [
        ("<https://api.intercom.io/contacts/abc>; rel=merged", "/contacts/abc"),
        ("</contacts/abc>", "/contacts/abc"),
        ("nonsense", None),
        (None, None),
    ],
)
def test_a_merged_person_names_the_other(link: str | None, into: str | None) -> None:
    vendor = Vendor()
    vendor.script("GET", "/contacts/old", (410, error("gone"), {"Link": link} if link else {}))
    with pytest.raises(GoneUpstream) as caught:
        api(vendor).get("/contacts/old")
    assert caught.value.into == into


def test_a_required_field_that_is_missing_is_named_with_its_endpoint() -> None:
    for body in ({}, {"app": None}, {"app": {"id_code": 7}}):
        with pytest.raises(UpstreamError, match=r"/me.*app\.id_code"):
            answers.field(body, "app.id_code", "/me", str)


# --- pages ----------------------------------------------------------------------------------------

QUERY = {"field": "role", "operator": "=", "value": "user"}


@given(cursor=st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_cursor_arrives_as_it_came(cursor: str) -> None:
    pages = {"pages": {"next": {"starting_after": cursor}}}
    assert paging.next_cursor(pages) == cursor
    vendor = Vendor()
    vendor.script("GET", "/contacts", (200, {"data": [], **pages}), (200, {"data": []}))
    list(paging.by_cursor(api(vendor), "/contacts", {}, "data", version="2.16"))
    assert vendor.requests[1].url.params["starting_after"] == cursor


def test_a_cursor_with_signs_arrives_in_a_body_too() -> None:
    vendor = Vendor()
    vendor.script("POST", "/contacts/search", (200, {"data": []}))
    paging.search(api(vendor), "/contacts/search", QUERY, "a+b/c=\n")
    assert json.loads(vendor.requests[0].content)["pagination"] == {"per_page": 150, "starting_after": "a+b/c=\n"}


def test_of_an_address_of_the_next_page_only_the_cursor_is_taken() -> None:
    following = "https://evil.example/contacts?per_page=9&starting_after=a%2Bb"
    assert paging.next_cursor({"pages": {"next": following}}) == "a+b"


def test_a_cursor_that_repeats_ends_the_list_within_one_call() -> None:
    vendor = Vendor()
    page = (200, {"data": [{"id": "1"}], "pages": {"next": {"starting_after": "same"}}})
    vendor.script("GET", "/contacts", *[page] * 9)
    with pytest.raises(Incomplete, match="same cursor"):
        list(paging.by_cursor(api(vendor), "/contacts", {}, "data", version="2.16"))
    assert len(vendor.requests) == 2


def test_numbered_pages_that_repeat_end_the_list() -> None:
    vendor = Vendor()
    vendor.script("GET", "/companies", *[(200, {"data": [{"id": "1"}], "pages": {"total_pages": 9}})] * 9)
    with pytest.raises(Incomplete, match="again"):
        list(paging.numbered(api(vendor), "/companies", "data"))
    assert len(vendor.requests) == 2


def companies(*ids: str, total: int | None = None, cursor: str | None = "s") -> tuple[int, dict[str, object]]:
    data = [{"type": "company", "id": one} for one in ids]
    return 200, {"type": "list", "data": data, "scroll_param": cursor, "total_count": total}


def scrolled(called: Api) -> list[str]:
    return [one["id"] for page, _ in paging.scroll(called, "/companies/scroll") for one in page]


@pytest.mark.parametrize("status", [400, 423])
def test_a_scroll_waits_for_another_one(status: int) -> None:
    vendor, clock = Vendor(), Clock()
    vendor.script("GET", "/companies/scroll", (status, error("scroll_exists")), companies("a"), companies())
    assert scrolled(api(vendor, clock)) == ["a"]
    assert clock.waits[0][0] > 60


def test_a_scroll_that_stays_taken_is_incomplete() -> None:
    vendor = Vendor()
    vendor.script("GET", "/companies/scroll", *[(400, error("scroll_exists"))] * 9)
    with pytest.raises(Incomplete, match="one scroll at a time"):
        scrolled(api(vendor))


def test_404_after_the_last_page_is_the_end() -> None:
    vendor = Vendor()
    vendor.script("GET", "/companies/scroll", companies("a", total=2), companies("b", total=2), (404, error("gone")))
    assert scrolled(api(vendor)) == ["a", "b"]


def test_404_before_the_last_page_is_no_end() -> None:
    vendor = Vendor()
    vendor.script("GET", "/companies/scroll", companies("a", total=2), (404, error("gone")))
    with pytest.raises(Incomplete, match="1 of 2"):
        scrolled(api(vendor))


def test_500_in_the_middle_begins_again_at_most_twice() -> None:
    broken = [companies("a"), (500, error("server_error"))]
    vendor = Vendor()
    vendor.script("GET", "/companies/scroll", *broken, *broken, companies("a"), companies("b"), companies())
    assert set(scrolled(api(vendor))) == {"a", "b"}
    vendor.script("GET", "/companies/scroll", *broken, *broken, *broken, companies())
    with pytest.raises(Incomplete, match="failed 3 times"):
        scrolled(api(vendor))


def test_an_empty_body_in_a_scroll_is_asked_for_again() -> None:
    vendor = Vendor()
    vendor.script("GET", "/companies/scroll", companies("a"), (200, b""), companies("b"), companies())
    assert scrolled(api(vendor)) == ["a", "b"]


def test_a_scroll_that_stands_still_is_incomplete() -> None:
    vendor = Vendor()
    vendor.script("GET", "/companies/scroll", *[companies("a", "b")] * 9)
    with pytest.raises(Incomplete, match="same page"):
        scrolled(api(vendor))
    assert len(vendor.requests) == 2


def test_a_scroll_goes_on_where_it_was_left_or_begins_again() -> None:
    vendor = Vendor()
    vendor.script("GET", "/companies/scroll", companies("b"), companies())
    assert [page[0]["id"] for page, _ in paging.scroll(api(vendor), "/companies/scroll", "left")] == ["b"]
    assert vendor.requests[0].url.params["scroll_param"] == "left"
    vendor.script("GET", "/companies/scroll", (404, error("gone")), companies("a", total=1), companies(total=1))
    assert [page[0]["id"] for page, _ in paging.scroll(api(vendor), "/companies/scroll", "left")] == ["a"]


def test_something_that_is_not_there_is_named() -> None:
    with pytest.raises(NotFoundUpstream, match="/companies/x"):
        api(Vendor()).get("/companies/x")

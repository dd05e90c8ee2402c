"""Lists page by page: following `next` until there is none visits every row that stays, whatever happens meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import event

from tests.support.databases import one_is_enough
from tests.support.public.asking import new_company, new_contact, ok, refused
from tests.support.sample import TOKEN, Sample
from workspace.database import engine as db
from workspace.database import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask

    from tests.support.admin.client import Clock

_EVERYBODY = {"operator": "OR", "value": [{"field": "role", "operator": "IN", "value": ["user", "lead"]}]}


def _contacts(api: httpx.Client, per_page: int) -> Iterator[list[dict[str, Any]]]:
    page = ok(api.get("/contacts", params={"per_page": per_page}))
    while True:
        yield page["data"]
        if "next" not in page["pages"]:
            return
        page = ok(api.get("/contacts", params=page["pages"]["next"]))


def _searched(api: httpx.Client, per_page: int) -> Iterator[list[dict[str, Any]]]:
    pagination: dict[str, Any] = {"per_page": per_page}
    while pagination:
        page = ok(api.post("/contacts/search", json={"query": _EVERYBODY, "pagination": pagination}))
        yield page["data"]
        pagination = page["pages"].get("next", {})


def _companies(api: httpx.Client, per_page: int) -> Iterator[list[dict[str, Any]]]:
    address = f"/companies?per_page={per_page}"
    while address:
        page = ok(api.get(address))
        yield page["data"]
        address = page["pages"]["next"]


def _scrolled(api: httpx.Client, per_page: int) -> Iterator[list[dict[str, Any]]]:
    given: dict[str, Any] = {}
    while True:
        page = ok(api.get("/companies/scroll", params={"per_page": per_page, **given}))
        yield page["data"]
        if "scroll_param" not in page:
            return
        given = {"scroll_param": page["scroll_param"]}


def _archive(api: httpx.Client, contact: str) -> None:
    ok(api.post(f"/contacts/{contact}/archive"))


def _remove(api: httpx.Client, company: str) -> None:
    ok(api.delete(f"/companies/{company}"))


_WALKS = [(_contacts, _archive), (_searched, _archive), (_companies, _remove), (_scrolled, _remove)]


def _ids(pages: Iterator[list[dict[str, Any]]]) -> list[str]:
    return [row["id"] for page in pages for row in page]


@pytest.mark.parametrize(("walk", "remove"), _WALKS, ids=lambda one: one.__name__)
def test_rows_that_go_hide_no_others(api: httpx.Client, walk: Any, remove: Callable[[httpx.Client, str], None]) -> None:
    everything = _ids(walk(api, 150))
    assert len(everything) > 12
    seen = []
    for page in walk(api, 5):
        seen += [row["id"] for row in page]
        for row in page:
            remove(api, row["id"])
    assert seen == everything
    assert _ids(walk(api, 5)) == []


@pytest.mark.parametrize("walk", [_contacts, _searched, _companies, _scrolled])
def test_a_page_that_is_full_by_chance_is_the_last(api: httpx.Client, walk: Any) -> None:
    everything = _ids(walk(api, 150))
    pages = list(walk(api, len(everything)))
    # A scroll ends with an empty page, any other list with its last row.
    assert [len(page) for page in pages if page] == [len(everything)]
    assert len(pages) == (2 if walk is _scrolled else 1)


@one_is_enough
def test_pages_of_another_size_go_on_where_the_last_one_ended(api: httpx.Client) -> None:
    everybody = _ids(_contacts(api, 150))
    page = ok(api.get("/contacts?per_page=3"))
    seen, size = [one["id"] for one in page["data"]], 7
    while "next" in page["pages"]:
        after = page["pages"]["next"]["starting_after"]
        page = ok(api.get("/contacts", params={"starting_after": after, "per_page": size}))
        seen, size = seen + [one["id"] for one in page["data"]], size + 4
    assert seen == everybody


def test_entries_that_come_while_a_log_is_read_repeat_none(
    api: httpx.Client, admin: httpx.Client, clock: Clock
) -> None:
    def write(number: int) -> None:
        etag = admin.get("/identity").headers["ETag"]
        ok(admin.patch("/identity", json={"mode": ("hmac", "jwt")[number % 2]}, headers={"If-Match": etag}))

    for number in range(9):
        write(number)
    clock.forward(seconds=1)
    address, seen = "/admins/activity_logs?created_at_after=0&per_page=4", []
    while address:
        page = ok(api.get(address))
        seen += [one["id"] for one in page["activity_logs"]]
        write(len(seen))
        address = page["pages"]["next"]
    assert len(seen) == len(set(seen)) == 9


@one_is_enough
def test_the_next_page_has_the_scheme_and_the_host_of_the_request(api: httpx.Client) -> None:
    page = ok(api.get("https://api.acme.example/companies?per_page=2"))
    assert page["pages"]["next"].startswith("https://api.acme.example/companies?")


def test_a_scroll_ends_with_an_empty_page_and_then_is_not_known(api: httpx.Client) -> None:
    def last() -> str:
        given = ""
        while True:
            page = ok(
                api.get("/companies/scroll", params={"per_page": 4, **({"scroll_param": given} if given else {})})
            )
            if not page["data"]:
                assert "scroll_param" not in page
                return given
            given = page["scroll_param"]

    first = last()
    refused(api.get("/companies/scroll", params={"scroll_param": first}), 404, "not_found")
    # That one scroll has ended says nothing of another one.
    second = last()
    assert second != first
    refused(api.get("/companies/scroll", params={"scroll_param": second}), 404, "not_found")


@one_is_enough
def test_what_programs_send_beside_what_they_need_is_taken(api: httpx.Client) -> None:
    new_contact(api, external_id="typed")
    company = new_company(api, company_id="typed")
    search = {"field": "role", "operator": "=", "value": "user"}
    page = ok(api.post("/contacts/search", json={"query": search, "pagination": {"per_page": 5}}))
    following = {**page["pages"]["next"], "page": 2}
    assert ok(api.post("/contacts/search", json={"query": search, "pagination": following}))["data"]
    # Moments of a language that divides.
    moment = {"field": "updated_at", "operator": ">", "value": 1_577_836_800.0}
    assert ok(api.post("/contacts/search", json={"query": {"operator": "OR", "value": [moment]}}))["data"]
    person = page["data"][0]["id"]
    ok(api.post(f"/contacts/{person}/companies", json={"id": company["id"]}))
    for address in (
        "/segments?per_page=150&include_count=true",
        "/data_attributes?model=contact&per_page=150",
        "/companies/scroll?per_page=150",
        f"/contacts/{person}/companies?display_as=plaintext&per_page=60",
        "/contacts?include_merge_history=false",
    ):
        assert ok(api.get(address))
    assert ok(api.get("/segments?type=company&include_count=true"))["segments"] == []
    assert ok(api.get("/teams")) == {"type": "team.list", "teams": []}
    assert all(one["updated_at"] for one in ok(api.get("/segments"))["segments"])
    refused(api.get("/contacts?include_merge_history=perhaps"), 400, "parameter_invalid")


@one_is_enough
def test_ids_are_whole_numbers_where_typed_clients_have_numbers(api: httpx.Client) -> None:
    admin = ok(api.get("/admins"))["admins"][0]["id"]
    assert int(admin) > 0
    assert ok(api.get(f"/admins/{admin}"))["id"] == admin
    center = ok(api.get("/help_center/help_centers"))["data"][0]
    assert isinstance(center["id"], str)
    assert int(center["id"]) < 2**53
    assert ok(api.get(f"/help_center/help_centers/{center['id']}")) == center
    built_in = [one for one in ok(api.get("/data_attributes"))["data"] if not one["custom"]]
    assert all("id" not in one and one["messenger_writable"] is True for one in built_in)


@one_is_enough
def test_older_versions_have_words_for_states(app: Flask) -> None:
    # Not judged: the description that answers are held against is the newest.
    headers = {"Authorization": f"Bearer {TOKEN}"}
    api = httpx.Client(transport=httpx.WSGITransport(app), base_url="http://workspace", headers=headers)
    query = {"field": "open", "operator": "=", "value": True}
    older, newer = (
        ok(api.post("/tickets/search", json={"query": query}, headers={"Intercom-Version": version}))["tickets"][0]
        for version in ("2.11", "2.12")
    )
    assert newer["ticket_state"] == {
        "type": "ticket_state",
        "id": newer["ticket_state"]["id"],
        "category": older["ticket_state"],
        "internal_label": older["ticket_state_internal_label"],
        "external_label": older["ticket_state_external_label"],
    }
    assert "ticket_state_internal_label" not in newer
    refused(api.get("/ticket_states", headers={"Intercom-Version": "2.11"}), 404, "not_found")


@pytest.mark.slow
def test_the_rows_of_a_list_are_counted_once_until_something_is_written(api: httpx.Client, workspace: Sample) -> None:
    counted: list[str] = []

    def note(*call: Any) -> None:
        if call[2].startswith("SELECT count("):
            counted.append(call[2])

    event.listen(workspace.engine, "before_cursor_execute", note)

    def walked() -> int:
        """Return how many contacts the pages say there are, each of them the same."""
        totals, cursor = set(), {}
        while True:
            answer = api.get("/contacts", params={"per_page": 3, **cursor}).json()
            totals.add(answer["total_count"])
            if "next" not in answer["pages"]:
                (total,) = totals
                return int(total)
            cursor = {"starting_after": answer["pages"]["next"]["starting_after"]}

    before = walked()
    assert len(counted) == 1
    search = {"query": {"field": "role", "operator": "=", "value": "lead"}}
    leads = api.post("/contacts/search", json=search).json()["total_count"]
    assert leads < before
    assert len(counted) == 2
    made = api.post("/contacts", json={"role": "lead", "name": "New"}).json()
    assert walked() == before + 1
    assert api.post("/contacts/search", json=search).json()["total_count"] == leads + 1
    other = {"query": {"field": "role", "operator": "=", "value": "user"}}
    assert api.post("/contacts/search", json=other).json()["total_count"] == before - leads
    # An engine of its own shares nothing with the first, as another process would not.
    elsewhere = db.engine_for(workspace.engine.url.render_as_string(hide_password=False))
    with db.writing(elsewhere) as connection:
        connection.execute(tables.contacts.delete().where(tables.contacts.c.id == made["id"]))
    elsewhere.dispose()
    assert walked() == before
    event.remove(workspace.engine, "before_cursor_execute", note)

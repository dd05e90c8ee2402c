"""Companies that a contact is granted: their tickets are read without belonging to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.support.databases import one_is_enough
from tests.support.public.asking import new_company, new_contact, ok, refused
from workspace.database import engine as db
from workspace.database.tables import granted_companies

if TYPE_CHECKING:
    import httpx

    from tests.support.sample import Sample

STRANGE = "north/west.1 b?"


@pytest.fixture
def newer(api: httpx.Client) -> httpx.Client:
    """The same API under a version that has grants."""
    api.headers["Intercom-Version"] = "2.18"
    return api


@pytest.fixture
def person(api: httpx.Client) -> str:
    for number in range(3):
        new_company(api, company_id=f"c-{number}")
    new_company(api, company_id=STRANGE)
    return str(new_contact(api, email="dana@partner.example")["id"])


def path(person: str, company: str | None = None) -> str:
    whole = f"/contacts/{person}/granted_companies"
    return whole if company is None else f"{whole}/{quote(company, safe='')}"


def granted(api: httpx.Client, person: str, **params: Any) -> list[str]:
    body: list[str] = ok(api.get(path(person), params=params))["company_ids"]
    return body


def test_a_put_replaces_what_is_granted(person: str, newer: httpx.Client) -> None:
    assert granted(newer, person) == []
    answer = ok(newer.put(path(person), json={"company_ids": ["c-1", STRANGE, "c-1"]}))
    assert answer["company_ids"] == ["c-1", STRANGE]
    assert granted(newer, person) == [STRANGE, "c-1"]
    assert granted(newer, person, order="asc") == ["c-1", STRANGE]
    assert granted(newer, person, order="up") == [STRANGE, "c-1"]
    assert ok(newer.put(path(person), json={"company_ids": ["c-0", "c-1"]}))["company_ids"] == ["c-0", "c-1"]
    assert granted(newer, person) == ["c-1", "c-0"]
    assert ok(newer.put(path(person), json={"company_ids": []}))["company_ids"] == []
    assert granted(newer, person) == []


def test_a_grant_is_no_membership(person: str, newer: httpx.Client) -> None:
    ok(newer.put(path(person), json={"company_ids": ["c-1"]}))
    newer.headers["Intercom-Version"] = "2.16"
    assert ok(newer.get(f"/contacts/{person}/companies"))["total_count"] == 0
    assert ok(newer.get(f"/contacts/{person}"))["companies"]["total_count"] == 0


def test_a_delete_takes_one_away_and_does_so_once(person: str, newer: httpx.Client) -> None:
    ok(newer.put(path(person), json={"company_ids": ["c-1", STRANGE]}))
    assert newer.delete(path(person, STRANGE)).status_code == 204
    assert granted(newer, person) == ["c-1"]
    refused(newer.delete(path(person, STRANGE)), 404, "company_not_found")
    refused(newer.delete(path(person, "c-2")), 404, "company_not_found")
    assert granted(newer, person) == ["c-1"]


@pytest.mark.slow
def test_pages_are_of_fifty_and_of_150_at_most(person: str, newer: httpx.Client, workspace: Sample) -> None:
    names = sorted(new_company_under(newer, f"g-{number:03}") for number in range(100))
    ok(newer.put(path(person), json={"company_ids": names}))
    assert granted(newer, person) == names[::-1][:50]
    assert granted(newer, person, page=2) == names[::-1][50:]
    assert granted(newer, person, page=3) == []
    assert granted(newer, person, per_page=100_000, order="asc") == names
    answer = ok(newer.get(path(person), params={"per_page": 1000}))
    assert answer["pages"] == {"type": "pages", "page": 1, "per_page": 150, "total_pages": 1}
    more = new_company_under(newer, "g-100")
    refused(newer.put(path(person), json={"company_ids": [*names, more]}), 400, "parameter_invalid")
    assert granted(newer, person, per_page=150, order="asc") == names


def new_company_under(newer: httpx.Client, company_id: str) -> str:
    version = newer.headers.pop("Intercom-Version")
    new_company(newer, company_id=company_id)
    newer.headers["Intercom-Version"] = version
    return company_id


def test_what_is_not_there_is_refused_and_nothing_is_changed(person: str, newer: httpx.Client) -> None:
    ok(newer.put(path(person), json={"company_ids": ["c-1"]}))
    refused(newer.put(path(person), json={"company_ids": ["c-0", "gone"]}), 404, "company_not_found")
    assert granted(newer, person) == ["c-1"]
    for answer in (
        newer.get(path("nobody")),
        newer.put(path("nobody"), json={"company_ids": []}),
        newer.delete(path("nobody", "c-1")),
    ):
        refused(answer, 404, "not_found", "User Not Found")
    refused(newer.put(path(person), json={}), 400, "parameter_missing")
    refused(newer.put(path(person), json={"company_ids": "c-1"}), 400, "parameter_invalid")
    refused(newer.get(path(person), params={"per_page": 0}), 400, "parameter_invalid")


def test_where_grants_are_off_nothing_is_granted_and_a_list_is_empty(
    person: str, newer: httpx.Client, admin: httpx.Client
) -> None:
    assert admin.patch("/granted_companies", json={"enabled": False}, headers={"If-Match": '"1"'}).is_success
    assert granted(newer, person) == []
    refused(newer.put(path(person), json={"company_ids": ["c-1"]}), 404, "granted_companies_not_enabled")
    refused(newer.delete(path(person, "c-1")), 404, "granted_companies_not_enabled")


@one_is_enough
def test_only_newer_versions_have_it(person: str, api: httpx.Client) -> None:
    refused(api.get(path(person)), 400, "intercom_version_invalid")
    for version in ("2.18", "Preview", "preview"):
        answer = api.get(path(person), headers={"Intercom-Version": version})
        assert ok(answer)["company_ids"] == []
        assert answer.headers["Intercom-Version"] in {"2.18", "Preview"}
        refused(api.get("/contacts", headers={"Intercom-Version": version}), 400, "intercom_version_invalid")


@one_is_enough
def test_the_scope_read_grants_nothing(person: str, newer: httpx.Client, workspace: Sample) -> None:
    from workspace.identity import tokens

    with db.writing(workspace.engine) as connection:
        token = tokens.create(connection, "reader", "read", now=0)
    newer.headers["Authorization"] = f"Bearer {token}"
    assert granted(newer, person) == []
    refused(newer.put(path(person), json={"company_ids": ["c-1"]}), 403, "action_forbidden")
    refused(newer.delete(path(person, "c-1")), 403, "action_forbidden")


def test_each_change_is_logged_and_counted(person: str, newer: httpx.Client, admin: httpx.Client) -> None:
    ok(newer.put(path(person), json={"company_ids": ["c-1"]}))
    ok(newer.put(path(person), json={"company_ids": ["c-1"]}))
    newer.delete(path(person, "c-1"))
    entries = admin.get("/activity", params={"resource": "granted_companies"}).json()["data"]
    assert [one["changes"] for one in entries] == [
        {"people": {"before": {person: ["c-1"]}, "after": {person: []}}},
        {"people": {"before": {person: []}, "after": {person: ["c-1"]}}},
    ]


def test_grants_end_with_the_contact_and_with_the_company(person: str, newer: httpx.Client, workspace: Sample) -> None:
    ok(newer.put(path(person), json={"company_ids": ["c-1", "c-2"]}))
    newer.headers["Intercom-Version"] = "2.16"
    (company,) = (one for one in ok(newer.get("/companies", params={"company_id": "c-1"}))["data"])
    ok(newer.delete(f"/companies/{company['id']}"))
    newer.headers["Intercom-Version"] = "2.18"
    assert granted(newer, person) == ["c-2"]
    newer.headers["Intercom-Version"] = "2.16"
    ok(newer.delete(f"/contacts/{person}"))
    with db.reading(workspace.engine) as connection:
        assert connection.execute(granted_companies.select()).all() == []

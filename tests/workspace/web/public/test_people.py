"""Contacts, companies, and what ties them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from tests.support.databases import one_is_enough
from tests.support.public.asking import new_company, new_contact, new_ticket, ok, refused
from workspace.database import engine as db
from workspace.database.tables import companies, contact_values, contacts, memberships
from workspace.web.public.companies.memberships import MAX_COMPANIES

if TYPE_CHECKING:
    import httpx

    from tests.support.admin.client import Clock
    from tests.support.sample import Sample


def test_a_contact_is_created_read_changed_and_deleted(api: httpx.Client, clock: Clock, workspace: Sample) -> None:
    made = new_contact(
        api,
        external_id="ext-1",
        email="Zoë@New.example",
        name="Zoë",
        phone="+353",
        signed_up_at=1_700_000_000,
        unsubscribed_from_emails=True,
        custom_attributes={"job_title": "Captain", "portal_training": True, "onboarded_on": 1_700_000_000},
    )
    assert made["role"] == "user"
    assert made["email_domain"] == "New.example"
    assert made["created_at"] == made["updated_at"] == int(clock().timestamp())
    assert made["custom_attributes"] == {
        "job_title": "Captain",
        "portal_training": True,
        "onboarded_on": 1_700_000_000,
    }
    assert ok(api.get(f"/contacts/{made['id']}")) == made
    assert ok(api.get("/contacts/find_by_external_id/ext-1")) == made
    clock.forward(hours=1)
    changed = ok(api.put(f"/contacts/{made['id']}", json={"name": None, "custom_attributes": {"job_title": None}}))
    assert changed["name"] is None
    assert changed["phone"] == "+353"
    assert "job_title" not in changed["custom_attributes"]
    assert changed["custom_attributes"]["portal_training"] is True
    assert changed["updated_at"] == made["updated_at"] + 3600
    assert ok(api.delete(f"/contacts/{made['id']}")) == {
        "type": "contact",
        "id": made["id"],
        "external_id": "ext-1",
        "deleted": True,
    }
    refused(api.get(f"/contacts/{made['id']}"), 404, "not_found", "User Not Found")
    refused(api.get("/contacts/find_by_external_id/ext-1"), 404, "not_found", "User Not Found")
    with db.reading(workspace.engine) as connection:
        left = connection.execute(contact_values.select().where(contact_values.c.owner_id == made["id"]))
        assert left.first() is None


def test_no_two_contacts_are_indistinguishable(api: httpx.Client) -> None:
    one = new_contact(api, email="same@new.example")
    message = f"A contact matching those details already exists with id={one['id']}"
    refused(api.post("/contacts", json={"email": "SAME@new.example"}), 409, "conflict", message)
    other = new_contact(api, email="same@new.example", external_id="other")
    refused(api.post("/contacts", json={"external_id": "other"}), 409, "conflict")
    refused(api.put(f"/contacts/{one['id']}", json={"external_id": "other"}), 409, "conflict")
    assert ok(api.put(f"/contacts/{other['id']}", json={"external_id": "other", "email": "same@new.example"}))
    assert new_contact(api, email="same@new.example", role="lead")
    ok(api.post(f"/contacts/{other['id']}/archive"))
    error = refused(api.post("/contacts", json={"external_id": "other"}), 409, "conflict")
    assert error["message"].startswith("An archived contact")


@one_is_enough
@pytest.mark.parametrize(
    "custom",
    [
        {"no_such": "x"},
        {"job_title": 5},
        {"portal_training": "yes"},
        {"onboarded_on": "2026"},
        {"job_title": "x" * 256},
    ],
)
def test_a_custom_attribute_holds_what_its_type_allows(api: httpx.Client, custom: dict[str, object]) -> None:
    before = ok(api.get("/contacts"))["total_count"]
    refused(api.post("/contacts", json={"role": "user", "custom_attributes": custom}), 400, "parameter_invalid")
    assert ok(api.get("/contacts"))["total_count"] == before


def test_an_archived_contact_is_in_no_list(api: httpx.Client) -> None:
    made = new_contact(api, external_id="gone")
    before = ok(api.get("/contacts"))["total_count"]
    assert ok(api.post(f"/contacts/{made['id']}/archive"))["archived"] is True
    assert ok(api.get("/contacts"))["total_count"] == before - 1
    asked = {"query": {"field": "external_id", "operator": "=", "value": "gone"}}
    assert ok(api.post("/contacts/search", json=asked))["data"] == []
    assert ok(api.get(f"/contacts/{made['id']}"))["id"] == made["id"]
    assert ok(api.post(f"/contacts/{made['id']}/unarchive"))["archived"] is False
    assert ok(api.get("/contacts"))["total_count"] == before
    refused(api.post("/contacts/nobody/archive"), 404, "not_found", "User Not Found")
    refused(api.post("/contacts/nobody/unarchive"), 404, "not_found", "User Not Found")


def test_who_created_tickets_stays(api: httpx.Client) -> None:
    made = new_contact(api, external_id="author")
    ticket = new_ticket(api, made["id"])
    refused(api.delete(f"/contacts/{made['id']}"), 422, "data_invalid")
    ok(api.delete(f"/tickets/{ticket['id']}"))
    assert ok(api.delete(f"/contacts/{made['id']}"))["deleted"] is True


def test_contacts_are_listed_page_by_page(api: httpx.Client) -> None:
    seen: list[str] = []
    page = ok(api.get("/contacts?per_page=20"))
    total = page["total_count"]
    pages = page["pages"]["total_pages"]
    for number in range(1, pages + 1):
        assert page["pages"]["page"] == number
        seen += [one["id"] for one in page["data"]]
        if number < pages:
            # Whoever comes first after the walk began is not in it, and moves nobody to another page.
            new_contact(api, external_id=f"late-{number}")
            page = ok(api.get("/contacts", params=page["pages"]["next"]))
    assert "next" not in page["pages"]
    assert len(seen) == len(set(seen)) == total
    moments = [one["created_at"] for one in ok(api.get("/contacts?per_page=150"))["data"]]
    assert moments == sorted(moments, reverse=True)
    assert ok(api.get("/contacts?per_page=150&page=2"))["data"] == []


def cursor(last: str, key: object = 0) -> str:
    text = json.dumps([2, "created_at descending", key, last])
    return base64.urlsafe_b64encode(text.encode()).decode()


HALF, NUL, TEXT = cursor("\ud800"), cursor("\0"), cursor("x", "y")


@one_is_enough
@pytest.mark.parametrize(
    "cursor", ["x", "!", "e30=", "WzEsMiwzLDRd", "ÿ", "W1tbW1tbW1tbW1tbW1tbW1tb" * 500, HALF, NUL, TEXT]
)
def test_a_cursor_is_one_that_was_given(api: httpx.Client, cursor: str) -> None:
    refused(api.get("/contacts", params={"starting_after": cursor}), 400, "client_error")
    body = {"query": {"field": "role", "operator": "=", "value": "user"}, "pagination": {"starting_after": cursor}}
    refused(api.post("/contacts/search", json=body), 400, "client_error")


def test_a_company_is_created_once_and_then_changed(api: httpx.Client, clock: Clock) -> None:
    made = new_company(
        api,
        company_id="c-1",
        name="First",
        plan="Gold",
        size=12,
        monthly_spend=49,
        website="https://first.example",
        industry="Maps",
        remote_created_at=1_500_000_000,
        custom_attributes={"plan_tier": "team", "seats": 5, "trial": False, "contract_ends": 1_800_000_000},
    )
    assert made["plan"] == {"type": "plan", "id": "Gold", "name": "Gold"}
    assert made["monthly_spend"] == 49
    assert made["remote_created_at"] == 1_500_000_000
    clock.forward(hours=1)
    again = new_company(api, company_id="c-1", name="Second", custom_attributes={"seats": None})
    assert again["id"] == made["id"]
    assert (again["name"], again["size"]) == ("Second", 12)
    assert again["updated_at"] == made["updated_at"] + 3600
    assert set(again["custom_attributes"]) == {"plan_tier", "trial", "contract_ends"}
    put = ok(api.put(f"/companies/{made['id']}", json={"plan": None}))
    assert put["plan"] == {}
    assert ok(api.get(f"/companies/{made['id']}")) == put
    refused(api.put("/companies/none", json={}), 404, "company_not_found", "Company Not Found")
    refused(api.get("/companies/none"), 404, "company_not_found", "Company Not Found")
    refused(api.post("/companies", json={"plan": "x"}), 400, "parameter_missing")
    refused(api.post("/companies", json={"company_id": "c", "session_count": 4}), 400, "parameter_invalid")


def test_a_deleted_company_leaves_its_tickets_with_their_people(api: httpx.Client) -> None:
    person, company = new_contact(api, external_id="p"), new_company(api, company_id="c")
    ok(api.post(f"/contacts/{person['id']}/companies", json={"id": company["id"]}))
    ticket = new_ticket(api, person["id"], company_id=company["id"])
    answer = ok(api.delete(f"/companies/{company['id']}"))
    assert answer == {"id": company["id"], "object": "company", "deleted": True}
    refused(api.delete(f"/companies/{company['id']}"), 404, "company_not_found")
    assert ok(api.get(f"/contacts/{person['id']}"))["companies"]["total_count"] == 0
    assert ok(api.get(f"/tickets/{ticket['id']}"))["id"] == ticket["id"]


def test_companies_are_found_and_listed(api: httpx.Client) -> None:
    alone = new_company(api, company_id="alone", name="Alone")
    for query in ("company_id=alone", "name=Alone"):
        (company,) = ok(api.get(f"/companies?{query}"))["data"]
        assert company["id"] == alone["id"]
    for query in ("company_id=none", "name=alone"):
        refused(api.get(f"/companies?{query}"), 404, "company_not_found", "Company Not Found")
    listed = ok(api.get("/companies?per_page=150"))["data"]
    assert alone["id"] not in [one["id"] for one in listed]
    assert all(one["user_count"] for one in listed)
    assert ok(api.post("/companies/list?per_page=150"))["data"] == listed
    assert ok(api.post("/companies/list?per_page=150&order=asc"))["data"][0]["created_at"] == listed[-1]["created_at"]
    refused(api.post("/companies/list?order=up"), 400, "parameter_invalid")
    tag = next(one for one in ok(api.get("/tags"))["data"] if one["name"] == "vip")
    tagged = ok(api.get(f"/companies?tag_id={tag['id']}"))["data"]
    assert tagged
    assert all(tag in one["tags"]["tags"] for one in tagged)
    refused(api.get("/companies?tag_id=none"), 404, "not_found")


def test_numbered_pages_link_to_the_next(api: httpx.Client) -> None:
    page = ok(api.get("/companies?per_page=5"))
    seen = [one["id"] for one in page["data"]]
    while page["pages"]["next"]:
        page = ok(api.get(page["pages"]["next"]))
        seen += [one["id"] for one in page["data"]]
    assert len(seen) == len(set(seen)) == page["total_count"]
    past = ok(api.get(f"/companies?per_page=5&page={page['pages']['total_pages'] + 1}"))
    assert past["data"] == []
    assert past["pages"]["next"] is None


def test_companies_are_scrolled(api: httpx.Client, workspace: Sample) -> None:
    with db.writing(workspace.engine) as connection:
        ids = [f"many-{number}" for number in range(250)]
        person = connection.execute(contacts.select().limit(1)).one().id
        connection.execute(insert(companies), [{"id": one, "created_at": 7} for one in ids])
        connection.execute(insert(memberships), [{"contact_id": person, "company_id": one} for one in ids])
    step = ok(api.get("/companies/scroll"))
    seen: list[str] = []
    while step["data"]:
        seen += [one["id"] for one in step["data"]]
        given = step["scroll_param"]
        step = ok(api.get("/companies/scroll", params={"scroll_param": given}))
    assert "scroll_param" not in step
    assert len(seen) == len(set(seen)) == ok(api.get("/companies"))["total_count"]
    assert set(ids) < set(seen)
    message = "Invalid scroll_param param. Please pass a value that was given in a previous response."
    refused(api.get("/companies/scroll?scroll_param=x"), 400, "client_error", message)
    refused(api.get("/companies/scroll?page=2"), 400, "parameter_invalid")


def test_people_belong_to_companies(api: httpx.Client) -> None:
    person = new_contact(api, external_id="p")
    made = [new_company(api, company_id=f"c-{number}", name=f"C {number}") for number in range(12)]
    for one in (*made, made[0]):
        answer = ok(api.post(f"/contacts/{person['id']}/companies", json={"id": one["id"]}))
        assert (answer["id"], answer["user_count"]) == (one["id"], 1)
    embedded = ok(api.get(f"/contacts/{person['id']}"))["companies"]
    assert (len(embedded["data"]), embedded["total_count"], embedded["has_more"]) == (10, 12, True)
    assert embedded["url"] == f"/contacts/{person['id']}/companies"
    page = ok(api.get(f"{embedded['url']}?per_page=7"))
    assert page["data"] == page["companies"]
    rest = ok(api.get(page["pages"]["next"]))["data"]
    assert {one["id"] for one in (*page["data"], *rest)} == {one["id"] for one in made}
    assert ok(api.get(f"{embedded['url']}?page=3"))["data"] == []
    assert [one["id"] for one in ok(api.get(f"/companies/{made[0]['id']}/contacts"))["data"]] == [person["id"]]
    assert ok(api.get(f"/companies/{made[0]['id']}/segments"))["data"] == []
    assert ok(api.delete(f"/contacts/{person['id']}/companies/{made[0]['id']}"))["user_count"] == 0
    assert ok(api.get(f"/companies/{made[0]['id']}/contacts"))["data"] == []


def test_what_cannot_be_tied(api: httpx.Client) -> None:
    person, company = new_contact(api, external_id="p"), new_company(api, company_id="c")
    path = f"/contacts/{person['id']}/companies"
    refused(api.post(path, json={}), 400, "parameter_not_found", "company not specified")
    refused(api.post(path, json={"id": "none"}), 404, "company_not_found", "Company Not Found")
    refused(api.post("/contacts/none/companies", json={"id": company["id"]}), 404, "not_found", "User Not Found")
    refused(api.get("/contacts/none/companies"), 404, "not_found", "User Not Found")
    refused(api.delete(f"{path}/{company['id']}"), 404, "company_not_found", "Company Not Found")
    refused(api.delete(f"/contacts/none/companies/{company['id']}"), 404, "not_found", "User Not Found")
    refused(api.get("/companies/none/contacts"), 404, "company_not_found", "Company Not Found")
    refused(api.get("/companies/none/segments"), 404, "company_not_found", "Company Not Found")


def test_nobody_belongs_to_more_than_a_thousand_companies(api: httpx.Client, workspace: Sample) -> None:
    person, company = new_contact(api, external_id="p"), new_company(api, company_id="c")
    with db.writing(workspace.engine) as connection:
        ids = [f"many-{number}" for number in range(MAX_COMPANIES)]
        connection.execute(insert(companies), [{"id": one, "created_at": 0} for one in ids])
        connection.execute(insert(memberships), [{"contact_id": person["id"], "company_id": one} for one in ids])
    response = api.post(f"/contacts/{person['id']}/companies", json={"id": company["id"]})
    message = "Contact has reached the maximum of 1000 company associations"
    refused(response, 400, "contact_company_limit_exceeded", message)


def test_people_are_tagged(api: httpx.Client) -> None:
    person = new_contact(api, external_id="p")
    tag = ok(api.post("/tags", json={"name": "gold"}))
    path = f"/contacts/{person['id']}/tags"
    for _ in range(2):
        assert ok(api.post(path, json={"id": tag["id"]}))["name"] == "gold"
    assert [one["name"] for one in ok(api.get(path))["data"]] == ["gold"]
    assert [one["id"] for one in ok(api.get(f"/contacts/{person['id']}"))["tags"]["data"]] == [tag["id"]]
    assert ok(api.delete(f"{path}/{tag['id']}"))["name"] == "gold"
    refused(api.delete(f"{path}/{tag['id']}"), 404, "not_found", "Resource Not Found")
    refused(api.delete(f"{path}/none"), 404, "not_found", "Resource Not Found")
    refused(api.post(path, json={"id": "none"}), 404, "not_found", "Resource Not Found")
    refused(api.post(path, json={}), 400, "parameter_missing")
    refused(api.get("/contacts/none/tags"), 404, "not_found", "User Not Found")
    refused(api.post("/contacts/none/tags", json={"id": tag["id"]}), 404, "not_found", "User Not Found")
    refused(api.delete(f"/contacts/none/tags/{tag['id']}"), 404, "not_found", "User Not Found")


def test_segments_follow_from_what_people_are_like(api: httpx.Client, clock: Clock) -> None:
    now = int(clock().timestamp())
    person = new_contact(api, external_id="p", signed_up_at=now - 100 * 86_400, last_seen_at=now - 40 * 86_400)
    path = f"/contacts/{person['id']}/segments"
    assert {one["id"] for one in ok(api.get(path))["data"]} == {"all-users", "slipping-away"}
    ok(api.put(f"/contacts/{person['id']}", json={"last_seen_at": now, "signed_up_at": now}))
    assert {one["id"] for one in ok(api.get(path))["data"]} == {"all-users", "new", "active"}
    refused(api.get("/contacts/none/segments"), 404, "not_found", "User Not Found")
    listed = ok(api.get("/segments?include_count=true"))["segments"]
    for one in listed:
        asked = {"query": {"field": "segment_id", "operator": "=", "value": one["id"]}}
        assert ok(api.post("/contacts/search", json=asked))["total_count"] == one["count"]
        assert ok(api.get(f"/segments/{one['id']}"))["name"] == one["name"]
    assert "count" not in ok(api.get("/segments"))["segments"][0]
    refused(api.get("/segments/none"), 404, "not_found", "Resource Not Found")
    refused(api.get("/segments?include_count=maybe"), 400, "parameter_invalid")


def test_every_write_keeps_the_forms_that_rules_search(api: httpx.Client, workspace: Sample) -> None:
    made = new_contact(api, email="GROSS@straße.example")
    with db.reading(workspace.engine) as connection:
        row = connection.execute(contacts.select().where(contacts.c.id == made["id"])).one()
    assert row.email_folded == "gross@strasse.example"
    asked = {"query": {"field": "email", "operator": "~", "value": "STRASSE"}}
    assert [one["id"] for one in ok(api.post("/contacts/search", json=asked))["data"]] == [made["id"]]

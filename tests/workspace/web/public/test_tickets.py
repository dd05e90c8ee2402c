"""Ticket types, states, tickets, replies, and searching tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.databases import one_is_enough
from tests.support.public.asking import new_company, new_contact, new_ticket, ok, refused, ticket_type

if TYPE_CHECKING:
    import httpx

    from tests.support.admin.client import Clock


@pytest.fixture
def person(api: httpx.Client) -> dict[str, Any]:
    return new_contact(api, external_id="p-1", email="pia@new.example", name="Pia")


def states(api: httpx.Client) -> dict[str, str]:
    return {one["internal_label"]: one["id"] for one in ok(api.get("/ticket_states"))["data"]}


def new_attribute(api: httpx.Client, data_type: str, **more: Any) -> dict[str, Any]:
    path = f"/ticket_types/{ticket_type(api)['id']}/attributes"
    body = {"name": f"a {data_type}", "description": "", "data_type": data_type, **more}
    answer: dict[str, Any] = ok(api.post(path, json=body))
    return answer


def test_types_and_states(api: httpx.Client) -> None:
    types = ok(api.get("/ticket_types"))["data"]
    assert {one["category"] for one in types} == {"Customer", "Back-office", "Tracker"}
    assert ok(api.get(f"/ticket_types/{types[0]['id']}")) == types[0]
    names = [one["name"] for one in types[0]["ticket_type_attributes"]["data"]]
    assert names == ["_default_title_", "_default_description_", "Needed by"]
    body = ok(api.get("/ticket_states"))["data"]
    assert {one["category"] for one in body} == {"submitted", "in_progress", "waiting_on_customer", "resolved"}
    assert len(types[0]["ticket_states"]["data"]) == len(body)
    refused(api.get("/ticket_types/none"), 404, "not_found", "Resource Not Found")


def test_types_are_made_and_changed(api: httpx.Client, person: dict[str, Any]) -> None:
    made = ok(api.post("/ticket_types", json={"name": "Return", "category": "Tracker"}))
    assert (made["name"], made["category"]) == ("Return", "Tracker")
    assert ok(api.get(f"/ticket_types/{made['id']}")) == made
    path = f"/ticket_types/{made['id']}"
    changed = ok(api.put(path, json={"name": "Complaint", "category": "Customer"}))
    assert (changed["id"], changed["name"], changed["category"]) == (made["id"], "Complaint", "Customer")
    body = {"ticket_type_id": made["id"], "contacts": [{"id": person["id"]}], "ticket_attributes": {}}
    assert ok(api.post("/tickets", json=body))["ticket_type"]["name"] == "Complaint"
    # From now on another category would show tickets to people, or hide them.
    refused(api.put(path, json={"category": "Tracker"}), 422, "data_invalid")
    assert ok(api.put(path, json={"category": "Customer", "name": "Return"}))["name"] == "Return"
    assert ok(api.post("/ticket_types", json={"name": "Plain"}))["category"] == "Customer"
    for bad in ({"name": "Return"}, {"name": "Question"}, {"name": ""}, {"name": "x", "category": "customer"}):
        refused(api.post("/ticket_types", json=bad), 400, "parameter_invalid")
    refused(api.post("/ticket_types", json={"category": "Customer"}), 400, "parameter_missing")
    refused(api.put(path, json={"name": "Question"}), 400, "parameter_invalid")
    refused(api.put("/ticket_types/none", json={"name": "x"}), 404, "not_found", "Resource Not Found")


def test_a_ticket_is_created_read_changed_and_deleted(api: httpx.Client, person: dict[str, Any], clock: Clock) -> None:
    company = new_company(api, company_id="c")
    made = new_ticket(api, person["id"], "Ticket one", company_id=company["id"])
    assert made["ticket_attributes"] == {"_default_title_": "Ticket one", "_default_description_": ""}
    assert made["ticket_state"]["category"] == "submitted"
    assert made["contacts"]["contacts"] == [{"type": "contact", "id": person["id"], "external_id": "p-1"}]
    assert (made["open"], made["is_shared"]) == (True, True)
    assert ok(api.get(f"/tickets/{made['id']}")) == made
    assert int(new_ticket(api, person["id"])["ticket_id"]) == int(made["ticket_id"]) + 1
    clock.forward(minutes=1)
    body = {
        "ticket_state_id": states(api)["Resolved"],
        "ticket_attributes": {"_default_description_": "More"},
        "company_id": None,
        "skip_notifications": True,
    }
    changed = ok(api.put(f"/tickets/{made['id']}", json=body))
    assert changed["ticket_attributes"] == {"_default_title_": "Ticket one", "_default_description_": "More"}
    assert (changed["open"], changed["ticket_state"]["internal_label"]) == (False, "Resolved")
    assert changed["updated_at"] == made["updated_at"] + 60
    assert ok(api.delete(f"/tickets/{made['id']}")) == {"id": made["id"], "object": "ticket", "deleted": True}
    refused(api.get(f"/tickets/{made['id']}"), 404, "not_found", "Resource Not Found")
    refused(api.delete(f"/tickets/{made['id']}"), 404, "ticket_not_found", "Ticket not found")


def test_a_ticket_names_its_contact_in_one_of_three_ways(api: httpx.Client, person: dict[str, Any]) -> None:
    kind = ticket_type(api)["id"]
    for named in ({"id": person["id"]}, {"external_id": "p-1"}, {"email": "PIA@new.example"}):
        made = ok(api.post("/tickets", json={"ticket_type_id": kind, "contacts": [named]}))
        assert made["contacts"]["contacts"][0]["id"] == person["id"]
    made = ok(api.post("/tickets", json={"ticket_type_id": kind, "contacts": [{"email": "stranger@else.example"}]}))
    stranger = ok(api.get(f"/contacts/{made['contacts']['contacts'][0]['id']}"))
    assert (stranger["role"], stranger["email"]) == ("lead", "stranger@else.example")


@one_is_enough
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"contacts": []}, 400, "parameter_invalid"),
        ({"contacts": [{}]}, 400, "parameter_invalid"),
        ({"contacts": [{"id": "a"}, {"id": "b"}]}, 400, "parameter_invalid"),
        ({"contacts": [{"id": "a", "email": "a@b.example"}]}, 400, "parameter_invalid"),
        ({"contacts": [{"id": "none"}]}, 404, "not_found"),
        ({"contacts": [{"external_id": "none"}]}, 404, "not_found"),
        ({"ticket_type_id": "none"}, 404, "not_found"),
        ({"company_id": "none"}, 404, "company_not_found"),
        ({"ticket_attributes": {"none": 1}}, 400, "parameter_invalid"),
        ({"ticket_attributes": {"_default_title_": 1}}, 400, "parameter_invalid"),
        ({"ticket_attributes": {"_default_title_": "x" * 100_001}}, 400, "parameter_invalid"),
        ({"assignment": {}}, 400, "parameter_invalid"),
    ],
)
def test_a_ticket_that_cannot_be(
    api: httpx.Client, person: dict[str, Any], change: dict[str, Any], status: int, code: str
) -> None:
    before = ok(api.post("/tickets/search", json=EVERYTHING))["total_count"]
    body = {"ticket_type_id": ticket_type(api)["id"], "contacts": [{"id": person["id"]}], **change}
    refused(api.post("/tickets", json=body), status, code)
    assert ok(api.post("/tickets/search", json=EVERYTHING))["total_count"] == before


def test_a_change_that_cannot_be(api: httpx.Client, person: dict[str, Any]) -> None:
    made = new_ticket(api, person["id"])
    path = f"/tickets/{made['id']}"
    message = "Ticket state id is not valid or is not associated with the ticket type"
    refused(api.put(path, json={"ticket_state_id": "none"}), 400, "ticket_state_id_invalid", message)
    refused(api.put(path, json={"company_id": "none"}), 404, "company_not_found", "Company Not Found")
    refused(api.put(path, json={"is_shared": True}), 400, "parameter_invalid")
    refused(api.put(path, json={"open": True}), 400, "parameter_invalid")
    refused(api.put("/tickets/none", json={}), 404, "not_found", "Resource Not Found")
    office = new_ticket(api, person["id"], category="Back-office")
    assert office["is_shared"] is False
    assert ok(api.put(f"/tickets/{office['id']}", json={"is_shared": True}))["is_shared"] is True


def test_replies_and_notes(api: httpx.Client, person: dict[str, Any], clock: Clock) -> None:
    made = new_ticket(api, person["id"])
    path = f"/tickets/{made['id']}/reply"
    me = ok(api.get("/me"))["id"]
    answer = {"type": "admin", "message_type": "comment", "admin_id": me, "body": "Which one?"}
    part = ok(api.post(path, json=answer))
    assert part["author"] == {"type": "admin", "id": me, "name": "Mara Lindholm", "email": "mara@acme.example"}
    assert ok(api.post(path, json={**answer, "message_type": "note"}))["part_type"] == "note"
    ok(api.put(f"/tickets/{made['id']}", json={"ticket_state_id": states(api)["Waiting on customer"]}))
    for named in ({"intercom_user_id": person["id"]}, {"user_id": "p-1"}, {"email": "pia@new.example"}):
        clock.forward(minutes=1)
        part = ok(api.post(path, json={"type": "user", "message_type": "comment", "body": "This one", **named}))
        assert part["author"] == {"type": "user", "id": person["id"], "name": "Pia", "email": "pia@new.example"}
    after = ok(api.get(f"/tickets/{made['id']}"))
    assert after["ticket_state"]["internal_label"] == "In progress"
    assert after["updated_at"] == int(clock().timestamp())
    kinds = [(one["part_type"], one["author"]["type"]) for one in after["ticket_parts"]["ticket_parts"]]
    assert kinds[2:] == [("comment", "user")] * 3
    assert sorted(kinds[:2]) == [("comment", "admin"), ("note", "admin")]
    assert after["ticket_parts"]["total_count"] == 5


@one_is_enough
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"type": "admin", "message_type": "comment", "body": "x"}, 400, "parameter_invalid"),
        ({"type": "admin", "message_type": "comment", "body": "x", "admin_id": "none"}, 404, "admin_not_found"),
        ({"type": "admin", "message_type": "quick_reply", "body": "x", "admin_id": "a"}, 400, "parameter_invalid"),
        ({"type": "user", "message_type": "note", "body": "x", "user_id": "p-1"}, 400, "parameter_invalid"),
        ({"type": "user", "message_type": "comment", "body": "", "user_id": "p-1"}, 400, "parameter_invalid"),
        ({"type": "user", "message_type": "comment", "body": "x"}, 400, "parameter_invalid"),
        ({"type": "user", "message_type": "comment", "body": "x", "user_id": "none"}, 404, "not_found"),
        ({"type": "user", "message_type": "comment", "user_id": "p-1"}, 400, "parameter_missing"),
    ],
)
def test_a_reply_that_cannot_be(
    api: httpx.Client, person: dict[str, Any], body: dict[str, Any], status: int, code: str
) -> None:
    made = new_ticket(api, person["id"])
    refused(api.post(f"/tickets/{made['id']}/reply", json=body), status, code)
    assert ok(api.get(f"/tickets/{made['id']}")) == made


def test_customers_do_not_write_in_back_office_tickets(api: httpx.Client, person: dict[str, Any]) -> None:
    made = new_ticket(api, person["id"], category="Back-office")
    body = {"type": "user", "message_type": "comment", "body": "x", "user_id": "p-1"}
    message = "User replies are not allowed on Backoffice tickets"
    refused(api.post(f"/tickets/{made['id']}/reply", json=body), 400, "parameter_mismatch", message)
    refused(api.post("/tickets/none/reply", json=body), 404, "not_found", "Resource Not Found")


def test_attributes_of_a_type(api: httpx.Client, person: dict[str, Any], clock: Clock) -> None:
    made = {one: new_attribute(api, one) for one in ("string", "integer", "decimal", "boolean", "datetime")}
    made["list"] = new_attribute(api, "list", list_items="low, high", visible_to_contacts=False)
    low, high = made["list"]["input_options"]["list_options"]
    assert (low["name"], high["name"]) == ("low", "high")
    assert [one["order"] for one in made.values()] == [3, 4, 5, 6, 7, 8]
    listed = ticket_type(api)["ticket_type_attributes"]["data"]
    assert [one["id"] for one in listed[3:]] == [one["id"] for one in made.values()]
    values = {"string": "Ünï", "integer": 3, "decimal": 2.5, "boolean": False, "datetime": 1_700_000_000}
    attributes = {f"a {name}": value for name, value in values.items()} | {"a list": high["id"]}
    ticket = new_ticket(api, person["id"], attributes=attributes)
    assert ticket["ticket_attributes"] == {"_default_title_": "", "_default_description_": "", **attributes}
    path = f"/tickets/{ticket['id']}"
    changed = ok(api.put(path, json={"ticket_attributes": {"a string": None, "a integer": 4}}))["ticket_attributes"]
    assert changed["a integer"] == 4
    assert "a string" not in changed
    wrongs: dict[str, Any] = {"string": 1, "integer": 1.5, "decimal": "1", "boolean": 1, "datetime": -1, "list": "low"}
    for name, wrong in (*wrongs.items(), ("decimal", 10**400)):
        body = {"ticket_attributes": {f"a {name}": wrong}}
        refused(api.put(path, json=body), 400, "parameter_invalid")
    clock.forward(seconds=1)
    attribute_path = f"/ticket_types/{ticket_type(api)['id']}/attributes/{made['list']['id']}"
    put = ok(api.put(attribute_path, json={"list_items": "middle,high", "name": "urgency"}))
    assert put["input_options"]["list_options"][1] == high
    assert put["updated_at"] == made["list"]["updated_at"] + 1
    assert ok(api.get(path))["ticket_attributes"]["urgency"] == high["id"]
    refused(api.put(attribute_path, json={"name": "a string"}), 400, "parameter_invalid")
    refused(api.put(attribute_path.replace(made["list"]["id"], "none"), json={}), 404, "not_found")


@one_is_enough
def test_an_attribute_that_cannot_be(api: httpx.Client) -> None:
    path = f"/ticket_types/{ticket_type(api)['id']}/attributes"
    fine = {"name": "x", "description": "", "data_type": "string"}
    for wrong in (
        {"name": "_default_title_"},
        {"name": ""},
        {"data_type": "files"},
        {"data_type": "list"},
        {"data_type": "list", "list_items": "a,a"},
        {"list_items": "a,b"},
    ):
        refused(api.post(path, json={**fine, **wrong}), 400, "parameter_invalid")
    refused(api.post(path, json={"name": "x"}), 400, "parameter_missing")
    refused(api.post("/ticket_types/none/attributes", json=fine), 404, "not_found", "Resource Not Found")
    ok(api.post(path, json=fine))
    refused(api.post(path, json=fine), 400, "parameter_invalid")


def test_a_type_may_require_attributes(api: httpx.Client, person: dict[str, Any]) -> None:
    made = new_attribute(api, "string", required_to_create=True)
    body = {"ticket_type_id": ticket_type(api)["id"], "contacts": [{"id": person["id"]}]}
    refused(api.post("/tickets", json=body), 400, "parameter_invalid", "Missing required ticket attributes")
    assert new_ticket(api, person["id"], attributes={"a string": "x"})
    path = f"/ticket_types/{body['ticket_type_id']}/attributes/{made['id']}"
    assert ok(api.put(path, json={"archived": True}))["archived"] is True
    assert ok(api.post("/tickets", json=body))
    with_it = {**body, "ticket_attributes": {"a string": "x"}}
    refused(api.post("/tickets", json=with_it), 400, "parameter_invalid")


EVERYTHING = {"query": {"field": "created_at", "operator": ">", "value": 0}}


def titles(api: httpx.Client, field: str, operator: str, value: Any) -> set[str]:
    mine = {"field": "contact_ids", "operator": "=", "value": api.headers["X-Test-Person"]}
    query = {"operator": "AND", "value": [mine, {"field": field, "operator": operator, "value": value}]}
    answer = ok(api.post("/tickets/search", json={"query": query}))
    return {one["ticket_attributes"]["_default_title_"] for one in answer["tickets"]}


def test_tickets_are_searched(api: httpx.Client, person: dict[str, Any], clock: Clock) -> None:
    api.headers["X-Test-Person"] = person["id"]
    colour = new_attribute(api, "string")
    count = new_attribute(api, "integer")
    attributes = {"a string": "Red_ish", "a integer": 7}
    one = new_ticket(api, person["id"], "Printer broken", attributes=attributes)
    clock.forward(days=1)
    now = int(clock().timestamp())
    new_ticket(api, person["id"], "printer on fire", category="Tracker")
    new_ticket(api, person["id"], "Else", category="Back-office")
    ok(api.put(f"/tickets/{one['id']}", json={"ticket_state_id": states(api)["Resolved"]}))
    rest = {"printer on fire", "Else"}
    every = {"Printer broken", *rest}
    assert titles(api, "title", "~", "PRINTER") == {"Printer broken", "printer on fire"}
    assert titles(api, "title", "!~", "printer") == {"Else"}
    assert titles(api, "title", "^", "printer o") == {"printer on fire"}
    assert titles(api, "title", "$", "BROKEN") == {"Printer broken"}
    assert titles(api, "id", "IN", [one["id"], "none"]) == {"Printer broken"}
    assert titles(api, "category", "=", "request") == {"Printer broken"}
    assert titles(api, "category", "IN", ["task", "tracker"]) == rest
    assert titles(api, "state", "=", "resolved") == {"Printer broken"}
    assert titles(api, "open", "=", True) == rest
    assert titles(api, "ticket_type_id", "!=", one["ticket_type"]["id"]) == rest
    assert titles(api, "created_at", "=", now) == rest
    assert titles(api, "created_at", "!=", now) == {"Printer broken"}
    assert titles(api, "created_at", "<", now) == {"Printer broken"}
    assert titles(api, "created_at", ">", now - 86_400) == rest
    assert titles(api, "created_at", ">=", str(now - 86_400)) == every
    assert titles(api, "updated_at", "<=", now) == every
    assert titles(api, "created_at", "IN", [now, now - 86_400]) == every
    assert titles(api, "snoozed_until", "=", None) == every
    assert titles(api, "admin_assignee_id", "!=", None) == set()
    assert titles(api, f"ticket_attribute.{colour['id']}", "~", "RED_") == {"Printer broken"}
    assert titles(api, f"ticket_attribute.{colour['id']}", "!=", "Red_ish") == rest
    assert titles(api, f"ticket_attribute.{count['id']}", ">=", 7) == {"Printer broken"}
    assert titles(api, f"ticket_attribute.{count['id']}", "<", 7) == set()
    change = {"ticket_attributes": {"_default_title_": "Größer", "_default_description_": "ÜBER"}}
    ok(api.put(f"/tickets/{one['id']}", json=change))
    assert titles(api, "title", "~", "GRÖSSER") == titles(api, "description", "$", "über") == {"Größer"}
    unknown = {"query": {"field": "ticket_attribute.none", "operator": "=", "value": "x"}}
    refused(api.post("/tickets/search", json=unknown), 400, "invalid_field")


def test_tickets_are_walked_by_a_cursor(api: httpx.Client) -> None:
    seen: list[str] = []
    pagination: dict[str, Any] | None = {"per_page": 100}
    while pagination:
        page = ok(api.post("/tickets/search", json={**EVERYTHING, "pagination": pagination}))
        seen += [one["id"] for one in page["tickets"]]
        following = page["pages"].get("next")
        pagination = following and {name: following[name] for name in ("per_page", "starting_after")}
    assert len(seen) == len(set(seen)) == page["total_count"]
    assert len(ok(api.post("/tickets/search", json=EVERYTHING))["tickets"]) == 20

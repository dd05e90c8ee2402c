"""The public API on PostgreSQL: everything whose SQL differs from one database to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.postgres import drop_database, new_database
from tests.rest.asking import new_company, new_contact, new_ticket, ok, refused
from tests.rest.spec import JudgedTransport
from tests.sample import ROOT, TOKEN
from tests.workspace.admin.client import Clock
from workspace import seed
from workspace.app import create_app
from workspace.db import engine_for, migrate
from workspace.settings import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def api() -> Iterator[httpx.Client]:
    url = new_database()
    engine = engine_for(url)
    migrate(engine)
    seed.load_file(engine, ROOT / "examples" / "workspace.yaml")
    app = create_app(Settings(engine=engine, embedded=EphemeralToken(TOKEN, "ci"), clock=Clock()))
    with httpx.Client(
        transport=JudgedTransport(httpx.WSGITransport(app)),
        base_url="http://workspace",
        headers={"Authorization": f"Bearer {TOKEN}"},
    ) as client:
        yield client
    engine.dispose()
    drop_database(url)


@pytest.mark.parametrize(
    "path",
    [
        "/me",
        "/admins",
        "/admins/activity_logs?created_at_after=0",
        "/contacts?per_page=150",
        "/companies?per_page=150",
        "/data_attributes",
        "/tags",
        "/segments?include_count=true",
        "/help_center/help_centers",
        "/ticket_types",
        "/ticket_states",
    ],
)
def test_lists(api: httpx.Client, path: str) -> None:
    assert ok(api.get(path))


def test_writes(api: httpx.Client) -> None:
    person, company = new_contact(api, external_id="p", email="P@new.example"), new_company(api, company_id="c")
    ok(api.post(f"/contacts/{person['id']}/companies", json={"id": company["id"]}))
    ok(api.post("/tags", json={"name": "pg", "users": [{"id": person["id"]}]}))
    ticket = new_ticket(api, person["id"], "Ticket", company_id=company["id"])
    body = {"type": "user", "message_type": "comment", "body": "x", "user_id": "p"}
    ok(api.post(f"/tickets/{ticket['id']}/reply", json=body))
    ok(api.put(f"/contacts/{person['id']}", json={"name": "N", "custom_attributes": {"job_title": "x"}}))
    refused(api.post("/contacts", json={"external_id": "p"}), 409, "conflict")
    ok(api.delete(f"/companies/{company['id']}"))
    ok(api.delete(f"/tickets/{ticket['id']}"))
    ok(api.delete(f"/contacts/{person['id']}"))


def test_walks(api: httpx.Client) -> None:
    for field in ("created_at", "email", "last_seen_at", "id"):
        query = {"field": "role", "operator": "=", "value": "user"}
        body = {"query": query, "sort": {"field": field, "order": "ascending"}, "pagination": {"per_page": 30}}
        page = ok(api.post("/contacts/search", json=body))
        seen = [one["id"] for one in page["data"]]
        while "next" in page["pages"]:
            after = page["pages"]["next"]["starting_after"]
            following = {**body, "pagination": {"per_page": 30, "starting_after": after}}
            page = ok(api.post("/contacts/search", json=following))
            seen += [one["id"] for one in page["data"]]
        assert len(seen) == len(set(seen)) == page["total_count"]


def test_tickets_are_searched(api: httpx.Client) -> None:
    for field, operator, value in (
        ("title", "~", "a"),
        ("open", "=", True),
        ("category", "=", "request"),
        ("created_at", ">=", 1),
        ("state", "NIN", ["resolved"]),
    ):
        query = {"field": field, "operator": operator, "value": value}
        assert ok(api.post("/tickets/search", json={"query": query}))["total_count"] > 0, field

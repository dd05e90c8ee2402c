"""A client of the admin API for tests: every exchange is checked against the description."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import select

from tests.support.contract import PREFIX, CheckedTransport
from tests.support.databases import opened
from workspace.database import engine as db
from workspace.database.tables import metadata
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine

TOKEN = "the-embedded-token"
ACTOR = "ada"
HELP_CENTER = "/help_centers/acme"

# One write that changes something for each resource with a plain PATCH: path, address, values.
PLAIN_WRITES = [
    (HELP_CENTER, "help_center/acme", {"live": True}),
    (f"{HELP_CENTER}/audience", "audience/acme", {"mode": "everyone"}),
    (f"{HELP_CENTER}/ticket_visibility", "ticket_visibility/acme", {"restricted": True}),
    (f"{HELP_CENTER}/style", "style/acme", {"primary_color": "#1f5c4a"}),
    ("/identity", "identity", {"mode": "jwt"}),
    ("/messenger_spaces", "messenger_spaces", {"tickets": False}),
    ("/data_attributes/company/plan_tier", "data_attribute/company.plan_tier", {"description": "What they pay for"}),
    ("/data_attributes/contact/companies", "data_attribute/contact.companies", {"messenger_writable": False}),
    ("/site", "site", {"messenger_installed": True}),
]
SECTIONS = [
    {"type": "search", "enabled": True, "settings": {}},
    {"type": "collections", "enabled": False, "settings": {"columns": 2}},
]

LEASE = {"id": "0123456789abcdef", "holder": "ada@laptop, process 7", "reason": "portal apply", "ttl": 60}
RECEIPT = {
    "configuration": "acme",
    "help_center": "acme",
    "action": "apply",
    "plan_digest": "sha256:plan",
    "configuration_digest": "sha256:0123",
    "commit": "0c0ffee",
    "environment": "production",
    "holder": "ada@laptop, process 7",
    "generator": "portal 1.0",
    "undoes": None,
    "record_before": {"digest": "sha256:0122"},
    "plan": {"version": "1.0", "changes": [{"address": "identity"}]},
}


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 3, 14, 12, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **step: int) -> None:
        self.moment += timedelta(**step)


class Api:
    """Sends requests, by default with the embedded token."""

    def __init__(self, app: Flask) -> None:
        self.http = httpx.Client(
            transport=CheckedTransport(httpx.WSGITransport(app)),
            base_url=f"http://workspace{PREFIX}",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    def send(self, method: str, path: str, *, revision: int | str | None = None, **more: Any) -> httpx.Response:
        headers = dict(more.pop("headers", {}))
        if revision is not None:
            headers["If-Match"] = f'"{revision}"'
        return self.http.request(method, path, headers=headers, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.send("GET", path, **more)

    def patch(self, path: str, values: Any, revision: int | str | None = 1, **more: Any) -> httpx.Response:
        return self.send("PATCH", path, json=values, revision=revision, **more)

    def create(self, path: str, values: Any, **more: Any) -> httpx.Response:
        return self.send("PUT", path, json=values, headers={"If-None-Match": "*"}, **more)

    def post(self, path: str, values: Any, **more: Any) -> httpx.Response:
        return self.send("POST", path, json=values, **more)

    def lease(self, name: str = "acme", **given: Any) -> httpx.Response:
        """Ask for the lease of a configuration."""
        return self.post(f"/leases/{name}", {**LEASE, **given})

    def begin(self, name: str = "acme", **given: Any) -> dict[str, str]:
        """Acquire the lease of a configuration and make a receipt; return the headers of a first step."""
        lease = self.lease(name, **given).json()
        under = {"Portal-Lease": f"{name}/{lease['fence']}"}
        receipt = self.post("/receipts", {**RECEIPT, "configuration": name}, headers=under)
        assert receipt.status_code == 201, receipt.text
        return {**under, "Portal-Step": f"{receipt.json()['id']}/1"}

    def configuration(self, **parameters: str) -> dict[str, Any]:
        response = self.get(f"{HELP_CENTER}/configuration", params=parameters)
        assert response.status_code == 200, response.text
        by_name: dict[str, Any] = response.json()
        return by_name

    def activity(self, **parameters: Any) -> list[dict[str, Any]]:
        response = self.get("/activity", params=parameters)
        assert response.status_code == 200, response.text
        items: list[dict[str, Any]] = response.json()["data"]
        return items

    def meet_requirements(self) -> None:
        """Make everything so that the portal may be enabled."""
        writes = {
            HELP_CENTER: {"live": True, "custom_domain": "help.acme.example", "https": True, "cookie_forwarding": True},
            "/identity": {"mode": "jwt"},
            "/data_attributes/contact/companies": {"messenger_writable": False},
            "/site": {"messenger_installed": True, "certificate_valid": True, "cookie_forwarding_detectable": True},
        }
        for path, values in writes.items():
            response = self.patch(path, values)
            assert response.status_code == 200, response.text


class Running:
    """A workspace of one example of a property."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.clock = engine, Clock()
        app = create_app(Settings(engine=engine, embedded=EphemeralToken(TOKEN, ACTOR), clock=self.clock))
        self.api = Api(app)


def codes(response: httpx.Response) -> list[str]:
    return [one["code"] for one in response.json()["errors"]]


def fields(response: httpx.Response) -> set[str]:
    return {one.get("field", "") for one in response.json()["errors"]}


def dump(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that a database holds."""
    with db.reading(engine) as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def dump_file(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that the database in a file holds."""
    with opened(path) as engine:
        return dump(engine)

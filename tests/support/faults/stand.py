"""A workspace on loopback with a clock that can be put forward, for processes that are killed and race."""

from __future__ import annotations

import json
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.support.contract import CheckedTransport
from tests.support.faults.child import Child, Ended
from tests.support.sample import TOKEN, template
from workspace.database.engine import engine_for
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ROOT = "/portal_admin/v1/"
HOLDER = "tests"
NAME = "stand"
CLOSED = {
    "version": 1,
    "name": NAME,
    "help_center": {
        "identifier": "acme",
        "live": True,
        "custom_domain": "help.acme.example",
        "https": True,
        "cookie_forwarding": True,
    },
    "messenger": {"identity": "jwt", "spaces": {"tickets": False}},
    "data_attributes": {"contact": {"companies": {"messenger_writable": False}}},
    "portal": {"enabled": False, "ticket_visibility": "own"},
    "audience": {"attribute": "person.tag", "is": "beta"},
    "homepage": {"sections": ["search", "collections", "tickets_portal"], "publish": True},
    "guards": {"max_access_gained": "100%", "max_access_lost": "100%"},
}
OPEN = {
    **CLOSED,
    "messenger": {"identity": "jwt", "spaces": {"tickets": True}},
    "portal": {"enabled": True, "ticket_visibility": "company"},
    "audience": {"attribute": "person.email", "ends_with": "@examply.com"},
    "homepage": {"sections": ["tickets_portal", "search", "collections"], "publish": True},
}
ALLOW = ("--allow", "widens_access", "--allow", "narrows_access")


class Quiet(WSGIRequestHandler):
    """Answers without a log."""

    protocol_version = "HTTP/1.1"
    # Head and body of an answer are two packets; else the second waits for 40 ms.
    disable_nagle_algorithm = True

    def log(self, *_: object) -> None:
        """Log nothing."""


class Clock:
    """The workspace's clock: real time, and an offset."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def put_forward(self, seconds: int) -> None:
        """Let time pass."""
        self._ahead += timedelta(seconds=seconds)


@dataclass
class Stand:
    """A folder to run `portal` in, and the workspace that it talks to."""

    folder: Path
    url: str
    clock: Clock

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            transport=CheckedTransport(httpx.HTTPTransport()),
            base_url=f"{self.url}{ROOT}",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    def write(self, values: Mapping[str, Any], name: str = "portal.yaml") -> None:
        """Write a configuration."""
        (self.folder / name).write_text(json.dumps(values, indent=1), encoding="utf-8")

    def start(self, *arguments: str, url: str | None = None, **environment: str) -> Child:
        """Start a `portal`, through another URL than the workspace's own if given."""
        given = {"PORTAL_TOKEN": TOKEN, "GITHUB_ACTOR": HOLDER, "NO_COLOR": "1", **environment}
        return Child(self.folder, [*arguments, "--workspace", url or self.url], given)

    def portal(self, *arguments: str, url: str | None = None, **environment: str) -> Ended:
        """Run a `portal` and return the outcome."""
        return self.start(*arguments, url=url, **environment).wait()

    def get(self, path: str, **params: str) -> Any:
        return self.http.get(path, params=params).raise_for_status().json()

    def configuration(self, name: str) -> dict[str, Any]:
        """Return all settings, and the record of a configuration."""
        answer: dict[str, Any] = self.get("help_centers/acme/configuration", record=name)
        return answer

    def settings(self, name: str) -> dict[str, Any]:
        """Return the values of all settings and of the record, without counters and moments."""
        settings = self.configuration(name)
        parts = ("help_center", "identity", "messenger_spaces", "audience", "ticket_visibility", "portal")
        return {
            **{part: settings[part]["values"] for part in parts},
            "attributes": {f"{one['model']}.{one['name']}": one["values"] for one in settings["data_attributes"]},
            "homepage": {part: settings["homepage"][part] for part in ("live", "draft")},
            "record": {part: settings["record"][part] for part in ("digest", "values")} if settings["record"] else None,
        }

    def inside(self, people: list[str]) -> frozenset[str]:
        """Return which of these people can open the portal now."""
        answer = self.http.post("help_centers/acme/access/check", json={"people": people}).raise_for_status().json()
        return frozenset(one["ref"] for one in answer["results"] if one["can"]["open_portal"])

    def entries(self, revision: int) -> list[dict[str, Any]]:
        """Return the activity log after a revision, the settings' part of it."""
        answer = self.get("activity", after_revision=str(revision))["data"]
        return [one for one in answer if not one["resource"].startswith(("record/", "lease/"))]


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    """Yield a stand with the sample workspace, and take it down afterwards."""
    database = folder / "stand.db"
    shutil.copy(template(), database)
    engine = engine_for(database)
    clock = Clock()
    app = create_app(Settings(engine=engine, embedded=EphemeralToken(TOKEN, "ci"), clock=clock))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    site = Stand(folder, f"http://127.0.0.1:{server.server_port}", clock)
    thread.start()
    try:
        yield site
    finally:
        site.http.close()
        server.shutdown()
        thread.join()
        server.server_close()
        engine.dispose()

"""An Intercom workspace on loopback, and a teammate who does tasks at its settings pages.

It is a workspace of this repository with only the public REST API and the settings pages open: a request of its admin
API finds nothing, and is recorded.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any, Self

import httpx
from sqlalchemy import update
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.support.admin.client import Clock
from tests.support.console.desk import Admin, Form
from tests.support.pages.stage import SETTINGS, Stage
from tests.support.upstream.screen import read
from workspace.database import engine as db
from workspace.database.tables import data_attributes
from workspace.identity import tokens
from workspace.web.app import create_app
from workspace.web.app_config import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import Engine

_COMPANIES = "data_attribute/contact.companies"
_SHUT = "/portal_admin"
TYPES = {"company.custom_attributes.plan_tier": "text"}


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Log nothing."""


@dataclass
class Office:
    """One Intercom workspace, served for the length of a with statement.

    `settings` differ from those of a working portal; `refused` are the requested paths of its admin API.
    """

    engine: Engine
    settings: Mapping[str, Mapping[str, Any]]
    refused: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        stage = Stage(self.engine, Clock())
        for address in {**SETTINGS, **self.settings}:
            if address != _COMPANIES:
                stage.set(address, **{**SETTINGS.get(address, {}), **self.settings.get(address, {})})
        with db.writing(self.engine) as connection:
            theirs = data_attributes.c.name == "companies"
            connection.execute(update(data_attributes).where(theirs).values(**SETTINGS[_COMPANIES]))
            self.token = tokens.create(connection, "the app of the team", "write", now=0)
            self._key = tokens.create(connection, "Mara Lindholm", "write", now=0)
        app = self._gate(create_app(Settings(engine=self.engine)))
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def teammate(self) -> Teammate:
        """Return a teammate who is signed in to its settings pages."""
        http = httpx.Client(base_url=self.url)
        answer = http.post("/admin/sign-in", data={"token": self._key}, headers={"Origin": self.url})
        assert answer.status_code == 303, answer.text
        return Teammate(Admin(http, self.url))

    def asked(self, path: str, **params: str) -> Any:
        """Return an answer of its public API."""
        headers = {"Authorization": f"Bearer {self.token}", "Intercom-Version": "2.16"}
        answer = httpx.get(f"{self.url}{path}", params=params, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def _gate(self, app: Any) -> Callable[..., Iterable[bytes]]:
        def gate(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            if environ["PATH_INFO"].startswith(_SHUT):
                self.refused.append(environ["PATH_INFO"])
                start("404 NOT FOUND", [("Content-Type", "text/plain")])
                return [b"nothing"]
            body: Iterable[bytes] = app(environ, start)
            return body

        return gate


@dataclass
class Teammate:
    """A person in front of the settings pages, who reads, types and presses buttons."""

    admin: Admin

    def does(self, task: Mapping[str, Any]) -> str:
        """Do the entries of a task, and return the read-back that its question asks for."""
        lines = task["screen"]["enter"]
        match task["address"].partition("/")[0]:
            case "audience":
                return self.sets_audience(lines)
            case "ticket_visibility":
                return self.sets_visibility(lines[0])
            case "portal":
                return self.switches(on=lines == ["Turn the switch on"])
        raise AssertionError(task["address"])

    def sets_audience(self, lines: list[str]) -> str:
        """Enter the rows of an audience, and return the number that the preview shows."""
        form = self.admin.form("access", "access")
        form.values |= {"mode": ["rule"], **_fields("rule", read(lines, TYPES))}
        page = self._sends(form)
        match = re.search(r'<span class="number">([\d,]+)</span>', page)
        assert match is not None, page
        return match[1]

    def sets_visibility(self, line: str) -> str:
        """Set the ticket visibility, and return the screen's text then."""
        chosen = {"All tickets of their companies": "company", "Only tickets that they created, for everybody": "own"}
        form = self.admin.form("access", "visibility").set(visibility=chosen[line])
        self._sends(form)
        return {"company": "all", "own": "own"}[chosen[line]]

    def switches(self, *, on: bool) -> str:
        """Switch the portal if needed, and return its address, or the switch's text."""
        form = self.admin.form("general")
        if form.values["enabled"] == ["yes" if on else "no"]:
            self._sends(form)
        page = self.admin.get("general").text
        shown = re.search(r'aria-checked="([^"]+)"', page)
        assert shown is not None, page
        if shown[1] == "false":
            return "off"
        match = re.search(r'<a id="url" href="([^"]+)"', page)
        assert match is not None, page
        return unescape(match[1])

    def takes_the_help_center(self, *, live: bool) -> None:
        """Set the Help Center live, or take it offline."""
        self._sends(self.admin.form("help-center", "help-center").set(live="yes" if live else None))

    def _sends(self, form: Form) -> str:
        answer = self.admin.send(form)
        assert answer.status_code == 200, (form, answer.text)
        return answer.text


def _fields(name: str, rule: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return a rule as the fields of the builder."""
    if "operator" not in rule:
        values = rule.get("value", "")
        values = [str(one) for one in values] if isinstance(values, list) else [str(values)]
        comparison = {f"{name}.attribute": [rule["attribute"]], f"{name}.comparison": [rule["comparison"]]}
        return {f"{name}.kind": ["condition"], **comparison, f"{name}.value": values}
    by_name = {f"{name}.kind": [{"and": "all", "or": "any"}[rule["operator"]]]}
    for number, one in enumerate(rule["predicates"]):
        by_name |= _fields(f"{name}.{number}", one)
    return by_name

"""A real embedded workspace for each generated example, with a view of everybody's access."""

from __future__ import annotations

import atexit
import json
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import insert, text

from reconciler.config import desired
from reconciler.config import validate as semantics
from reconciler.config.yaml import document as source
from reconciler.core.diagnostics import Severity
from reconciler.kinds import audience, ticket_visibility
from reconciler.rules import model as rules
from reconciler.rules import wire as rules_wire
from reconciler.rules.attributes import CONDITION_TYPE, builtin_types
from reconciler.target.rest import RestTarget
from tests.support.contract import CheckedTransport
from tests.support.databases import copied, nothing
from tests.support.laws.strategies import CENTRE
from tests.support.postgres import new_database
from tests.support.reference import Person, View, may_open, sees
from tests.support.workspace.populate import CATEGORIES, populate
from tests.support.workspace.strategies import COMPANY_CUSTOM, PERSON_CUSTOM, TAGS, TODAY, World
from workspace.database import tables
from workspace.database.engine import engine_for, migrate, writing
from workspace.database.tables import metadata
from workspace.people import rows as people
from workspace.settings.initialise import NewHelpCenter, initialise
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from reconciler.config.desired import Config

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
TOKEN = "a-token-of-the-tests"
DECIDING = ("audience", "ticket_visibility")
"""The settings that decide access, besides the open portal."""
TYPES = {
    **builtin_types(),
    **{
        f"{model}.{name}": CONDITION_TYPE[kind]
        for model, custom in (("person", PERSON_CUSTOM), ("company", COMPANY_CUSTOM))
        for name, kind in custom.items()
    },
}


class Recorded(httpx.BaseTransport):
    """Passes requests on, keeps them, and calls back after every write."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.sent: list[tuple[str, str, Any]] = []
        self.after_write: Callable[[], None] = lambda: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        path = request.url.path.removeprefix("/portal_admin/v1/")
        body = json.loads(request.content) if request.content else None
        self.sent.append((request.method, path, body))
        if self.writes(request.method, path):
            self.after_write()
        return response

    @staticmethod
    def writes(method: str, path: str) -> bool:
        return method != "GET" and "/access/" not in path

    @property
    def written(self) -> list[tuple[str, str, Any]]:
        return [one for one in self.sent if self.writes(one[0], one[1])]


class Stage:
    """One workspace with people in it."""

    def __init__(self, engine: Engine, world: World, live: dict[str, Any]) -> None:
        self.world = world
        self.engine = engine
        self.token = TOKEN
        with writing(self.engine) as connection:
            initialise(
                connection,
                "Law",
                help_centers=[NewHelpCenter(CENTRE, "Law")],
                settings=_settings(live),
                workspace_id="ws_law",
            )
            people.add_tags(connection, [(f"tag-{name}", name) for name in TAGS])
            kinds = [{"id": one, "name": one, "category": one} for one in CATEGORIES]
            connection.execute(insert(tables.ticket_types), kinds)
            connection.execute(
                insert(tables.ticket_states).values(
                    id="s", category="submitted", internal_label="New", external_label="New"
                )
            )
            populate(connection, world)
        settings = Settings(engine=self.engine, embedded=EphemeralToken(TOKEN, "law"), clock=lambda: NOW)
        self.app = create_app(settings)

    def target(self) -> tuple[RestTarget, Recorded]:
        transport = Recorded(CheckedTransport(httpx.WSGITransport(app=self.app)))
        return RestTarget("the stage", "http://stage", TOKEN, transport), transport

    def configuration(self) -> dict[str, Any]:
        """Return the whole configuration as the admin API shows it."""
        with httpx.Client(transport=httpx.WSGITransport(app=self.app), base_url="http://stage") as client:
            answer = client.get(
                f"/portal_admin/v1/help_centers/{CENTRE}/configuration",
                headers={"Authorization": f"Bearer {TOKEN}"},
                params={"record": "law"},
            )
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def live_view(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return the live settings of access and grants, as the admin API shows them."""
        body = self.configuration()
        view = {"open": body["portal"]["effective"], **{name: body[name]["values"] for name in DECIDING}}
        return view, body["granted_companies"]["people"]

    def seen(self, view: dict[str, Any] | None = None) -> frozenset[tuple[str, str]]:
        """Return the people with access, and each one's tickets, by the plain reference; None for the live view."""
        live, granted = self.live_view()
        if view is None:
            view = live
        who, visibility = view["audience"], view["ticket_visibility"]
        decides = View(
            open=view["open"],
            mode=who["mode"],
            rule=who.get("rule"),
            restricted=visibility["restricted"],
            conditions=visibility.get("conditions"),
            regranted=self._granted(granted, view.get("granted", {})),
        )
        inside = [person for person in self.world.people if may_open(decides, person, TODAY)]
        return frozenset((person.id, "portal") for person in inside) | frozenset(
            (person.id, ticket.id)
            for person in inside
            for ticket in self.world.tickets
            if sees(decides, person, ticket, TODAY)
        )

    def _granted(self, people: list[dict[str, Any]], others: dict[str, list[str]]) -> dict[str, frozenset[str]]:
        """Return everybody's grants, by ids, with those of a view in place."""
        ids = {one.values.get("company_id"): one.id for one in self.world.companies}
        granted = dict.fromkeys((one.id for one in self.world.people), frozenset[str]())
        for one in people:
            granted[one["id"]] = frozenset(ids[company] for company in one["companies"])
        for name, companies in others.items():
            (person,) = (one for one in self.world.people if name in _names(one))
            granted[person.id] = frozenset(ids[company] for company in companies)
        return granted


def _names(person: Person) -> set[str]:
    return {person.id, person.values.get("external_id", ""), person.values.get("email", "")}


def _settings(live: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return generated live settings as the workspace is initialised with them."""
    attributes: dict[str, dict[str, Any]] = {
        f"data_attribute/{model}.{name}": {
            "type": kind,
            "options": None,
            "description": None,
            "messenger_writable": True,
        }
        for model, custom in (("contact", PERSON_CUSTOM), ("company", COMPANY_CUSTOM))
        for name, kind in custom.items()
    }
    settings = attributes | live
    settings[f"audience/{CENTRE}"] = audience.wire(live[f"audience/{CENTRE}"], TYPES)
    settings[f"ticket_visibility/{CENTRE}"] = ticket_visibility.wire(live[f"ticket_visibility/{CENTRE}"], TYPES)
    return settings


@cache
def _on_postgresql() -> Engine:
    """Return an engine for the one database whose tables are emptied for each example."""
    engine = engine_for(new_database())
    migrate(engine)
    atexit.register(engine.dispose)
    return engine


@contextmanager
def _emptied() -> Iterator[Engine]:
    names = ", ".join(f'"{table}"' for table in metadata.tables)
    with writing(_on_postgresql()) as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    yield _on_postgresql()


@contextmanager
def stage(world: World, live: dict[str, Any], database: str = "sqlite") -> Iterator[Stage]:
    """Yield a workspace with these people and settings, one at a time on PostgreSQL, and take it down afterwards."""
    with _emptied() if database == "postgresql" else copied(database, nothing) as engine:
        yield Stage(engine, world, live)


def read(values: dict[str, Any]) -> Config:
    """Return the desired state of a valid file with these values; warnings are fine."""
    document = source.parse(json.dumps(values, indent=1), "law.yaml")
    problems = semantics.validate(document)
    assert not [one for one in problems if one.severity is Severity.ERROR], problems
    return desired.build(document)


def plain_rule(wire: dict[str, Any]) -> Any:
    """Return a rule of the admin API in normal form."""
    return rules.plain(rules.normalise(rules_wire.from_wire(wire)))

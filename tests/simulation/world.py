"""The real workspace of a simulation: its people and clock can change, and it can be restored from a backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, make_url

from tests.support import postgres
from tests.support.laws.stage import DECIDING, TOKEN, Stage
from tests.support.laws.strategies import CENTRE, MET
from tests.support.reference import Company, Person
from tests.support.workspace.strategies import TAGS, TODAY, World
from workspace.access.in_force import Kept
from workspace.database.engine import reading, writing
from workspace.database.tables.directory import contact_tags
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from workspace.access.in_force import InForce

NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
COMPANY = Company("company-0", {"name": "Acme", "created_at": 0}, frozenset())
PEOPLE = tuple(
    Person(f"person-{place}", {"email": f"p{place}@acme.example"}, frozenset(TAGS[: place % 3]), (COMPANY,))
    for place in range(6)
)
LIVE: dict[str, Any] = {
    **MET,
    f"audience/{CENTRE}": {"attribute": "person.tag", "is": "beta"},
    f"ticket_visibility/{CENTRE}": "company",
    f"portal/{CENTRE}": {"enabled": False},
    f"homepage/{CENTRE}": {"live": [], "draft": []},
    "messenger_spaces": {"tickets": False, "news": True},
}


class Simulated(Stage):
    """A workspace on a file, whose surroundings a schedule changes."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        super().__init__(engine, World(PEOPLE, (COMPANY,)), LIVE)
        self.now = NOON
        self._folder = folder
        self._copies: list[tuple[str, World]] = []
        self.restores = 0
        self._in_force = Kept()
        settings = Settings(engine=engine, embedded=EphemeralToken(TOKEN, "law"), clock=lambda: self.now)
        self.app = create_app(settings)

    def in_force(self) -> InForce:
        """Return the settings that are in force, without a request: they are looked at after every write."""
        with reading(self.engine) as connection:
            entry = self._in_force.of(connection, CENTRE, TODAY)
        assert entry is not None
        return entry

    def live_view(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return those that decide who sees what; nobody is granted anything here."""
        settings = self.in_force()
        return {"open": settings.view.open, **{name: settings.observed.of(name).document for name in DECIDING}}, []

    def pass_time(self, seconds: int) -> None:
        """Let the workspace's clock jump, forwards or backwards."""
        self.now += timedelta(seconds=seconds)

    def turn_tag(self, place: int, tag: str) -> None:
        """Give a person a tag, or take it away, as no revision tells."""
        person = self.world.people[place]
        turned = replace(person, tags=person.tags ^ {tag})
        owned = contact_tags.c.owner_id == person.id, contact_tags.c.tag_id == f"tag-{tag}"
        with writing(self.engine) as connection:
            if tag in turned.tags:
                connection.execute(insert(contact_tags).values(owner_id=person.id, tag_id=f"tag-{tag}"))
            else:
                connection.execute(delete(contact_tags).where(*owned))
        people = (*self.world.people[:place], turned, *self.world.people[place + 1 :])
        self.world = replace(self.world, people=people)

    def keep_copy(self) -> None:
        """Make a backup of the database."""
        url = self.engine.url
        if url.get_backend_name() == "sqlite":
            copy = str(self._folder / f"copy-{len(self._copies)}.db")
            _copy_file(str(url.database), copy)
        else:
            copy = postgres.new_url()
            self.engine.dispose()
            postgres.make_database(copy, str(url.database))
        self._copies.append((copy, self.world))

    def put_back(self, place: int) -> None:
        """Restore a backup, if there is one."""
        if not self._copies:
            return
        copy, self.world = self._copies[place % len(self._copies)]
        url = self.engine.url
        self.engine.dispose()
        if url.get_backend_name() == "sqlite":
            _copy_file(copy, str(url.database))
        else:
            own = url.render_as_string(hide_password=False)
            postgres.drop_database(own)
            postgres.make_database(own, str(make_url(copy).database))
        self.restores += 1


def _copy_file(source: str, target: str) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)

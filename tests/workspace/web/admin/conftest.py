from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from tests.support.admin.client import ACTOR, TOKEN, Api, Clock, Running
from tests.support.databases import copied, template
from workspace.database import engine as db
from workspace.settings.initialise import NewHelpCenter, initialise
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine


def fill(engine: Engine) -> None:
    """Put a workspace with nobody in it into a database."""
    with db.writing(engine) as connection:
        initialise(
            connection,
            "Acme",
            help_centers=[NewHelpCenter("acme", "Acme Help"), NewHelpCenter("other", "Other Help")],
            settings={"data_attribute/company.plan_tier": {"type": "string", "options": ["free", "team"]}},
        )


@pytest.fixture
def engine(database_kind: str) -> Iterator[Engine]:
    """A database of the test's own, of each kind in turn."""
    with copied(database_kind, fill) as engine:
        yield engine


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """An SQLite file of the test's own."""
    return shutil.copy(make_url(template("sqlite", fill)).database or "", tmp_path / "workspace.db")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(engine: Engine, clock: Clock) -> Flask:
    return create_app(Settings(engine=engine, embedded=EphemeralToken(TOKEN, ACTOR), clock=clock))


@pytest.fixture
def api(app: Flask) -> Api:
    return Api(app)


@pytest.fixture
def workspaces(database_kind: str) -> Iterator[Iterator[Running]]:
    """A workspace for each example of a property; the next one ends the one before."""

    def more() -> Iterator[Running]:
        while True:
            with copied(database_kind, fill) as engine:
                yield Running(engine)

    with closing(more()) as stack:
        yield stack

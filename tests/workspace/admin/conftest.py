from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from tests.postgres import drop_database, new_database
from tests.workspace.admin.client import ACTOR, TOKEN, Api, Clock, Running, opened
from workspace import db
from workspace.app import create_app
from workspace.settings import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a workspace and nobody in it; copied, never changed."""
    path = tmp_path_factory.mktemp("template") / "workspace.db"
    with opened(path) as engine:
        _fill(engine)
    return path


def _fill(engine: Engine) -> None:
    db.migrate(engine)
    with db.writing(engine) as connection:
        db.initialise(
            connection,
            "Acme",
            help_centers=[db.NewHelpCenter("acme", "Acme Help"), db.NewHelpCenter("other", "Other Help")],
            settings={"data_attribute/company.plan_tier": {"type": "string", "options": ["free", "team"]}},
        )


@pytest.fixture
def database(template: Path, tmp_path: Path) -> Path:
    """A database of the test's own."""
    return shutil.copy(template, tmp_path / "workspace.db")


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    engine = db.engine_for(database)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_template() -> str:
    """The name of a PostgreSQL database like the template."""
    url = new_database()
    with opened(url) as engine:
        _fill(engine)
    return str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def each_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database of the test's own, of each kind in turn."""
    if request.param == "sqlite":
        with opened(request.getfixturevalue("database")) as engine:
            yield engine
        return
    url = new_database(request.getfixturevalue("postgresql_template"))
    with opened(url) as engine:
        yield engine
    drop_database(url)


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
def workspaces(template: Path, tmp_path: Path) -> Iterator[Iterator[Running]]:
    made: list[Running] = []

    def more() -> Iterator[Running]:
        while True:
            made.append(Running(template, tmp_path, len(made)))
            yield made[-1]

    yield more()
    for one in made:
        one.engine.dispose()

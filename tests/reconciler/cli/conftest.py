"""The command as a user runs it: a process of its own, in a folder of its own."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.contract import CheckedTransport
from tests.support.databases import copied
from tests.support.faults.child import Child
from tests.support.here import run_here
from tests.support.sample import ROOT, fill, template
from tests.support.serving import serving
from workspace.database.engine import engine_for, writing
from workspace.identity import tokens as auth
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = ROOT / "examples" / "portal.yaml"
PORTAL = Path(sys.executable).parent / "portal"
TEAMMATE = "Mara Lindholm"


@dataclass
class Run:
    """What one command came to."""

    code: int
    out: str
    err: str


@dataclass
class Place:
    """A folder with a configuration, and a workspace that commands in it talk to."""

    folder: Path
    arguments: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    url: str = ""
    teammates_token: str = "token-of-a-teammate"

    def portal(self, *arguments: str, workspace: bool = True, **environment: str) -> Run:
        """Run `portal` and return what it came to: in a process of its own where the workspace is served."""
        given = [*arguments, *(self.arguments if workspace else [])]
        told = {**self.environment, **environment}
        ended = Child(self.folder, given, told).wait() if self.url else run_here(self.folder, given, told)
        return Run(ended.code, ended.out, ended.err)

    def meddle(self, path: str, body: Any) -> None:
        """Change a setting through the admin API, as somebody else."""
        with self.somebody_else() as client:
            tag = client.get(path).headers["ETag"]
            answer = client.patch(path, json=body, headers={"If-Match": tag})
            assert answer.is_success, answer.text

    def live_page(self) -> list[dict[str, Any]]:
        """Return the live homepage's sections."""
        with self.somebody_else() as client:
            sections: list[dict[str, Any]] = client.get("help_centers/acme/configuration").json()["homepage"]["live"]
        return sections

    def publish(self) -> None:
        """Set the homepage's draft live, as somebody else."""
        with self.somebody_else() as client:
            tag = client.get("help_centers/acme/homepage/draft").headers["ETag"]
            answer = client.post("help_centers/acme/homepage/publish", json={}, headers={"If-Match": tag})
            assert answer.is_success, answer.text

    def somebody_else(self) -> httpx.Client:
        """Return a client of the admin API with a teammate's token."""
        headers = {"Authorization": f"Bearer {self.teammates_token}"}
        if self.url:
            inner: httpx.BaseTransport = httpx.HTTPTransport()
        else:
            engine = engine_for(self.folder / ".portal" / "workspace.db")
            app = create_app(Settings(engine=engine, embedded=EphemeralToken(self.teammates_token, TEAMMATE)))
            inner = httpx.WSGITransport(app=app)
        base = self.url or "http://embedded"
        return httpx.Client(transport=CheckedTransport(inner), base_url=f"{base}/portal_admin/v1/", headers=headers)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the example configuration."""
    shutil.copy(EXAMPLE, tmp_path / "portal.yaml")
    return tmp_path


@pytest.fixture
def embedded(folder: Path) -> Place:
    """Give a folder whose embedded workspace is there already, so that tests need not fill it."""
    (folder / ".portal").mkdir(mode=0o700)
    shutil.copy(template(), folder / ".portal" / "workspace.db")
    return Place(folder)


@pytest.fixture
def served(folder: Path) -> Iterator[Place]:
    """Give a folder and a workspace served on loopback."""
    database = folder / "served.db"
    shutil.copy(template(), database)
    yield from serve(folder, str(database))


@pytest.fixture
def served_on_postgresql(folder: Path) -> Iterator[Place]:
    """Give a folder and a workspace on PostgreSQL, served on loopback by two processes."""
    with copied("postgresql", fill) as engine:
        yield from serve(folder, engine.url.render_as_string(hide_password=False), "--workers", "2")


def serve(folder: Path, database: str, *arguments: str) -> Iterator[Place]:
    """Serve a database, and give the folder with it."""
    engine = engine_for(database)
    with writing(engine) as connection:
        tokens = [auth.create(connection, name, "write", now=0) for name in ("ci", TEAMMATE)]
    engine.dispose()
    with serving(database, *arguments) as url:
        yield Place(folder, ["--workspace", url], {"PORTAL_TOKEN": tokens[0]}, url, tokens[1])


@pytest.fixture(params=["embedded", "served", "served_on_postgresql"])
def place(request: pytest.FixtureRequest) -> Place:
    """Give each: the embedded workspace, one served on loopback, and one served from PostgreSQL."""
    fixture: Place = request.getfixturevalue(request.param)
    return fixture

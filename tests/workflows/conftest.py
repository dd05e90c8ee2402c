"""Two workspaces as a team has them, and what the tests of workflows share."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import TEAMMATE, Place, serving
from tests.sample import template
from tests.workflows.quick import Quick
from workspace import auth
from workspace.db import engine_for, writing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Site:
    """One workspace, with a token for each purpose."""

    url: str
    writes: str
    reads: str
    place: Place

    def domain(self) -> str:
        """Return where customers find it."""
        with self.place.somebody_else() as client:
            return str(client.get("help_centers/acme").json()["values"]["custom_domain"])


@pytest.fixture
def quick() -> Iterator[Quick]:
    """Give a folder with the command, for scripts."""
    with Quick() as found:
        yield found


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[dict[str, Site]]:
    """Give staging and production."""
    with ExitStack() as stack:
        found = {}
        for name in ("staging", "production"):
            database = tmp_path / f"{name}.db"
            shutil.copy(template(), database)
            engine = engine_for(database)
            with writing(engine) as connection:
                writes, mates = (auth.create(connection, one, "write", now=0) for one in ("ci", TEAMMATE))
                reads = auth.create(connection, "ci-reads", "read", now=0)
            engine.dispose()
            url = stack.enter_context(serving(str(database)))
            found[name] = Site(url, writes, reads, Place(tmp_path, url=url, teammates_token=mates))
        yield found

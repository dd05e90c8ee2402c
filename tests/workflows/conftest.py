"""Two workspaces as a team has them, and what the tests of workflows share."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.reconciler.cli.conftest import TEAMMATE, Place, serving
from tests.reconciler.cli.test_verify import SECRET, made_secret
from tests.support.forge import github
from tests.support.forge.github import GitHub
from tests.support.sample import ROOT, template
from tests.workflows import standins
from tests.workflows.quick import Quick
from tests.workflows.runner import Runner, copied
from tests.workflows.team import MERGED
from workspace.database.engine import engine_for, writing
from workspace.identity import tokens as auth

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
    with Quick() as hub:
        yield hub


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[dict[str, Site]]:
    """Give staging and production."""
    with ExitStack() as stack:
        by_name = {}
        for name in ("staging", "production"):
            database = tmp_path / f"{name}.db"
            shutil.copy(template(), database)
            engine = engine_for(database)
            with writing(engine) as connection:
                writes, mates = (auth.create(connection, one, "write", now=0) for one in ("ci", TEAMMATE))
                reads = auth.create(connection, "ci-reads", "read", now=0)
            engine.dispose()
            url = stack.enter_context(serving(str(database)))
            by_name[name] = Site(url, writes, reads, Place(tmp_path, url=url, teammates_token=mates))
        yield by_name


@pytest.fixture
def hub() -> Iterator[GitHub]:
    """Give GitHub."""
    with GitHub() as server:
        yield server


@pytest.fixture
def runner(tmp_path: Path, hub: GitHub, sites: dict[str, Site], quick: Quick) -> Runner:
    """Give a machine that runs the workflows of this repository."""
    (tmp_path / "main").mkdir()
    (tmp_path / "jobs").mkdir()
    copied(ROOT, tmp_path / "main")

    def tokens(kind: str, *names: str) -> dict[str, str]:
        return {f"PORTAL_{name.upper()}_TOKEN": getattr(sites[name], kind) for name in names}

    return Runner(
        root=tmp_path / "main",
        temporary=tmp_path / "jobs",
        github={"repository": github.REPOSITORY, "actor": "ada", "run_id": 1, "sha": MERGED, "ref": "refs/heads/main"},
        variables={f"PORTAL_{name.upper()}_WORKSPACE": site.url for name, site in sites.items()},
        secrets={
            "staging-plan": tokens("reads", "staging"),
            "production-plan": tokens("reads", "staging", "production"),
            "staging": tokens("writes", "staging") | {SECRET: made_secret(sites["staging"].place, "jwt")},
            "production": tokens("writes", "production"),
        },
        token_for=standins.token_for(hub),
        actions=standins.actions(hub),
        told={"GITHUB_API_URL": hub.url},
        commands=quick.folder,
    )

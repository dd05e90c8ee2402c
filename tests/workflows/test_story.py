"""The whole story of a change, in a real repository and with two real workspaces.

It is reviewed, merged and applied in staging; somebody changes staging by hand, an issue is opened, and the file
adopts it; it is promoted, not before it has been live for a day; and it is taken back. What builds do is done by the
workflows as they are written, and what people do by the command.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from tests.support.faults.child import Child
from tests.support.sample import ROOT
from tests.workflows.runner import copied
from tests.workflows.team import Team
from workspace.database.engine import engine_for, writing
from workspace.database.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.support.faults.child import Ended
    from tests.support.forge.github import GitHub
    from tests.workflows.conftest import Site
    from tests.workflows.runner import Done, Job, Runner

FILE = "examples/environments/portal.yaml"
DAY = 24 * 60 * 60
ADA = {
    "GIT_AUTHOR_NAME": "Ada Okafor",
    "GIT_AUTHOR_EMAIL": "ada@examply.com",
    "GIT_COMMITTER_NAME": "Ada Okafor",
    "GIT_COMMITTER_EMAIL": "ada@examply.com",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}
KINDS = ("help_center", "identity", "ticket_visibility", "audience", "portal", "messenger_spaces")


class Repository:
    """A repository, as it is on the forge and on the machine of who works in it."""

    def __init__(self, folder: Path) -> None:
        """Have one with this project's example in it."""
        folder.mkdir()
        self.folder = folder
        copied(ROOT, folder)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit("Describe the portal")

    def git(self, *arguments: str, folder: Path | None = None) -> str:
        """Run git, and return what it said."""
        done = subprocess.run(
            ["git", *arguments], cwd=folder or self.folder, env=ADA, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit everything, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def changed(self, branch: str, old: str, new: str) -> str:
        """Change the file on a new branch, and return the commit."""
        self.git("switch", "--quiet", "--create", branch)
        path = self.folder / FILE
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return self.commit(f"Change the portal: {branch}")

    def merged(self, branch: str) -> str:
        """Merge a branch, and return the commit."""
        self.git("switch", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", f"Merge {branch}", branch)
        return self.git("rev-parse", "HEAD")

    def checkout(self, job: Job, given: Mapping[str, str]) -> None:
        """Stand in for the action: have the job's folder at its commit."""
        assert given == {"persist-credentials": "false"}, given
        self.git("clone", "--quiet", str(self.folder), str(job.workspace))
        self.git("checkout", "--quiet", job.contexts["github"]["sha"], folder=job.workspace)


@pytest.fixture
def repository(tmp_path: Path, runner: Runner) -> Repository:
    """Give the repository that the workflows run in."""
    made = Repository(tmp_path / "repository")
    runner.root = made.folder
    runner.github["sha"] = made.git("rev-parse", "HEAD")
    runner.actions["actions/checkout"] = made.checkout
    return made


def test_the_story_of_a_change(
    hub: GitHub, runner: Runner, sites: dict[str, Site], repository: Repository, tmp_path: Path
) -> None:
    team = Team(hub, runner)
    staging, production = sites["staging"], sites["production"]

    def ada(*arguments: str) -> Ended:
        tokens = {
            "PORTAL_STAGING_WORKSPACE": staging.url,
            "PORTAL_STAGING_TOKEN": staging.reads,
            "PORTAL_PRODUCTION_WORKSPACE": production.url,
            "PORTAL_PRODUCTION_TOKEN": production.writes,
        }
        return Child(repository.folder, list(arguments), tokens).wait()

    # A branch: its pull request has a comment for each environment; merged, what was reviewed is applied.
    head = repository.changed("enterprise-only", "is: [team, enterprise]", "is: enterprise")
    succeeded(team.opens(1, head=head, labels=["portal:widens_access"]))
    assert [one for one in team.comments(1) if "environment=staging" in one]
    succeeded(team.merges(1, repository.merged("enterprise-only")))
    assert "enterprise" in str(settings(staging)["audience"])

    # Somebody changes staging by hand, and that is an issue until the file says the same.
    succeeded(team.waits_for_the_morning())
    assert team.issues() == []
    staging.place.meddle("messenger_spaces", {"tickets": False})
    succeeded(team.waits_for_the_morning())
    assert team.issues() == [("portal drift: acme-support in staging", "open")]
    repository.git("switch", "--quiet", "--create", "as-staging-has-it")
    adopted = ada("drift", "-e", "staging", "-f", FILE, "--adopt")
    assert adopted.code == 0, adopted.err
    head = repository.commit("Leave the tickets space off, as in staging")
    assert repository.git("diff", "--unified=0", "HEAD~", "--", FILE).count("\n+") == 2
    succeeded(team.opens(2, head=head, labels=["portal:widens_access"]))
    succeeded(team.merges(2, repository.merged("as-staging-has-it")))
    succeeded(team.waits_for_the_morning())
    assert team.issues() == [("portal drift: acme-support in staging", "closed")]

    # What staging has proven goes to production, once it has been live for a day.
    before = settings(production)
    (early,) = team.promotes(allow="widens_access")
    assert early.result == "failure"
    assert "soak" in early.said()
    assert settings(production) == before
    a_day_passes(tmp_path / "staging.db")
    succeeded(team.promotes(allow="widens_access"))

    # Production is as staging is, but for what the file says is different.
    here, there = settings(staging), settings(production)
    assert here["help_center"].pop("custom_domain") == "help.staging.acme.example"
    assert there["help_center"].pop("custom_domain") == "help.acme.example"
    assert here == there

    # And it can be taken back.
    undone = ada("undo", "r1", "-e", "production", "-f", FILE, "--allow", "narrows_access", "--out", "undo.json")
    assert undone.code == 0, undone.out + undone.err
    assert ada("apply", "undo.json", "-e", "production", "-f", FILE, "--yes").code == 0
    assert settings(production) == before


def succeeded(done: list[Done]) -> None:
    assert done
    assert {one.result for one in done} == {"success"}, "\n".join(one.said() for one in done)


def settings(site: Site) -> dict[str, Any]:
    """Return every setting of a workspace, by kind."""
    with site.place.somebody_else() as client:
        whole = client.get("help_centers/acme/configuration").json()
    settings: dict[str, Any] = {kind: whole[kind]["values"] for kind in KINDS}
    attributes = {(one["model"], one["name"]): one["values"] for one in whole["data_attributes"]}
    return {
        **settings,
        "attributes": attributes,
        "homepage": {name: whole["homepage"][name] for name in ("draft", "live")},
    }


def a_day_passes(database: Path) -> None:
    """Make everything that a workspace wrote down a day older: no test waits for a day."""
    engine = engine_for(database)
    with writing(engine) as connection:
        for table in metadata.sorted_tables:
            moments = [one for one in table.columns if one.name == "at" or one.name.endswith("_at")]
            for one in moments:
                connection.execute(update(table).values({one: one - DAY}))
    engine.dispose()

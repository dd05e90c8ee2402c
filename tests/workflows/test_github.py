"""The portal's workflows on GitHub, from the pull request to production: every step of them, as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.test_verify import SECRET, made_secret
from tests.forges import github
from tests.forges.github import GitHub
from tests.sample import ROOT
from tests.workflows import standins
from tests.workflows.runner import Done, Runner, copied, every_step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.workflows.conftest import Site
    from tests.workflows.quick import Quick

CONFIGURATION = "examples/environments/portal.yaml"
HEAD, MERGED = "a" * 40, "c" * 40


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


class Team:
    """What people do on GitHub."""

    def __init__(self, hub: GitHub, runner: Runner) -> None:
        self.hub, self.runner = hub, runner

    def opens(self, number: int, *, repo: int = github.HERE, labels: list[str] | None = None) -> list[Done]:
        """Open a pull request: a plan is made, and then what follows it has its turn."""
        named = [{"name": one} for one in labels or []]
        self.hub.pull(number, HEAD, repo=repo, labels=named)
        head = self.hub.pulls[number]["head"]
        owner = head["label"].partition(":")[0]
        head = {**head, "repo": {**head["repo"], "full_name": f"{owner}/support"}}
        event = {"pull_request": {**self.hub.pulls[number], "head": head}}
        made = self.runner.run("portal-plan.yml", "pull_request", event, ref=f"refs/pull/{number}/merge", run_id=number)
        followed = {
            "id": number,
            "event": "pull_request",
            "conclusion": "success" if all(one.result == "success" for one in made) else "failure",
            "head_sha": HEAD,
            "head_branch": "change",
            "head_repository": {"full_name": head["repo"]["full_name"], "owner": {"login": owner}},
        }
        (told,) = self.runner.run("portal-comment.yml", "workflow_run", {"workflow_run": followed}, run_id=number + 100)
        assert told.result == "success", told.said()
        return made

    def merges(self, number: int) -> list[Done]:
        """Merge a pull request."""
        self.hub.pulls[number] |= {"state": "closed", "merged_at": "2026-11-22", "merge_commit_sha": MERGED}
        return self.runner.run("portal-apply.yml", "push", {}, run_id=number + 200)

    def waits_for_the_morning(self) -> list[Done]:
        """Let the schedule come round."""
        return self.runner.run("portal-drift.yml", "schedule", {})

    def promotes(self, **inputs: str) -> list[Done]:
        """Start a promotion by hand."""
        given = {"waive": "", "reason": "", "allow": "", **inputs}
        return self.runner.run("portal-promote.yml", "workflow_dispatch", {"inputs": given}, run_id=1000 + len(inputs))

    def comments(self, number: int) -> list[str]:
        """Return what stands on a pull request."""
        return [one["body"] for one in self.hub.comments.values() if one["on"] == number]

    def issues(self) -> list[tuple[str, str]]:
        """Return the titles of all issues, and how they stand."""
        return [(one["title"], one["state"]) for one in self.hub.issues.values()]


def results(done: list[Done]) -> list[tuple[str, str | None, str]]:
    """Return what became of jobs: which, with the secrets of which environment, how."""
    return [(one.name, one.environment, one.result) for one in done]


def test_from_a_pull_request_to_production(hub: GitHub, runner: Runner, sites: dict[str, Site]) -> None:
    team = Team(hub, runner)

    # A fork is tried on sample people: no job of it has an environment, so none has a secret.
    made = team.opens(6, repo=github.FORK)
    assert results(made) == [("sample", None, "success")], made[0].said()
    (comment,) = team.comments(6)
    assert "Made by a build of a fork" in comment
    assert "Changes" in made[0].summary

    # A branch is planned for each environment, with tokens that read; the guard holds until a label says otherwise.
    made = team.opens(7)
    assert results(made) == [
        ("sample", None, "success"),
        ("plan", "staging-plan", "failure"),
        ("plan", "production-plan", "failure"),
    ], made[0].said()
    assert sum("⛔ Blocked" in one for one in team.comments(7)) == 2
    assert "::error file=examples/environments/portal.yaml,line=" in made[1].said()
    made = team.opens(7, labels=["portal:widens_access"])
    assert {one.result for one in made} == {"success"}, made[1].said()
    assert [one.outputs["portal"]["changed"] for one in made] == ["true"] * 3
    assert len(team.comments(7)) == 3
    assert sum("⛔ Blocked" in one for one in team.comments(7)) == 0

    # What was merged past review is not applied; what was reviewed is, and works.
    pushed = runner.run("portal-apply.yml", "push", {}, sha="d" * 40)
    assert results(pushed) == [("apply", "staging", "failure")]
    assert "reviewed-plan-missing" in pushed[0].said()
    applied = team.merges(7)
    assert results(applied) == [("apply", "staging", "success")], applied[0].said()
    assert "portal apply: applied" in applied[0].summary
    assert "observed" in applied[0].said()

    # Drift in staging becomes one issue, which is closed when it is gone.
    looked = team.waits_for_the_morning()
    assert results(looked) == [("drift", "staging-plan", "success"), ("drift", "production-plan", "success")]
    assert team.issues() == []
    sites["staging"].place.meddle("help_centers/acme", {"custom_domain": "help.other.example"})
    assert {one.result for one in team.waits_for_the_morning()} == {"success"}
    assert team.issues() == [("portal drift: acme-support in staging", "open")]
    sites["staging"].place.meddle("help_centers/acme", {"custom_domain": "help.staging.acme.example"})
    team.waits_for_the_morning()
    assert team.issues() == [("portal drift: acme-support in staging", "closed")]

    # Production gets what staging has proven, by hand: not before its time, unless somebody answers for it.
    soaking = team.promotes()
    assert results(soaking) == [("plan", "production-plan", "failure")]
    assert "::error title=" in soaking[0].said()
    promoted = team.promotes(waive="soak", reason="A leak is mended.", allow="widens_access")
    assert results(promoted) == [("plan", "production-plan", "success"), ("apply", "production", "success")], promoted[
        -1
    ].said()
    assert "ada" in promoted[0].summary
    assert sites["production"].domain() == "help.acme.example"

    # Nothing was written to GitHub but these, and no token stands anywhere.
    assert {path.rpartition("/")[0] for _, path in hub.written()} == {
        f"/repos/{github.REPOSITORY}/{where}" for where in ("issues/6", "issues/7", "issues/comments", "issues")
    } | {f"/repos/{github.REPOSITORY}"}
    for site in sites.values():
        for token in (site.writes, site.reads):
            assert not any(token in str(one.body) for one in hub.sent)

    assert sorted(set(every_step(ROOT)) - runner.executed) == []

"""The template for GitLab, from the merge request to production: every job of it, as it is written."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.reconciler.cli.test_verify import SECRET, made_secret
from tests.support.forge import gitlab
from tests.support.forge.gitlab import GitLab
from tests.support.sample import ROOT
from tests.workflows.pipelines import Ended, Pipelines, every_job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.workflows.conftest import Site
    from tests.workflows.quick import Quick

TEMPLATE = ROOT / "ci" / "portal.gitlab-ci.yml"
TOKEN = "token-of-the-project"
HEAD, MERGED = "a" * 40, "c" * 40


@pytest.fixture
def lab() -> Iterator[GitLab]:
    """Give GitLab."""
    with GitLab({TOKEN: gitlab.BOT}) as server:
        yield server


@pytest.fixture
def pipelines(tmp_path: Path, lab: GitLab, sites: dict[str, Site], quick: Quick) -> Pipelines:
    """Give a machine that runs the template."""
    (tmp_path / "jobs").mkdir()
    (tmp_path / "main").mkdir()
    shutil.copy(ROOT / "examples" / "environments" / "portal.yaml", tmp_path / "main")
    staging, production = sites["staging"], sites["production"]
    return Pipelines(
        template=TEMPLATE,
        source=tmp_path / "main",
        temporary=tmp_path / "jobs",
        commands=quick.folder,
        told={
            "GITLAB_CI": "true",
            "CI_API_V4_URL": lab.url,
            "CI_PROJECT_ID": gitlab.PROJECT,
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_SHA": HEAD,
            "GITLAB_TOKEN": TOKEN,
            "GITLAB_USER_LOGIN": "ada",
            **{f"PORTAL_{name.upper()}_WORKSPACE": site.url for name, site in sites.items()},
        },
        secrets={
            "staging/plan": {"PORTAL_STAGING_TOKEN": staging.reads},
            "production/plan": {"PORTAL_STAGING_TOKEN": staging.reads, "PORTAL_PRODUCTION_TOKEN": production.reads},
            "staging": {"PORTAL_STAGING_TOKEN": staging.writes, SECRET: made_secret(staging.place, "jwt")},
            "production": {"PORTAL_PRODUCTION_TOKEN": production.writes},
        },
    )


def codes(ended: list[Ended]) -> dict[str, int]:
    """Return the exit codes of jobs, by their names."""
    return {one.name: one.code for one in ended}


def test_from_a_merge_request_to_production(lab: GitLab, pipelines: Pipelines, sites: dict[str, Site]) -> None:
    asked = pipelines.run(CI_PIPELINE_SOURCE="web", CI_COMMIT_BRANCH="main", PORTAL_DOCTOR="true")
    assert set(codes(asked).values()) == {0}, "\n".join(one.out for one in asked)
    assert len(asked) == 4

    # A first apply widens access further than the guards let it: somebody who did not write it lets it through.
    lab.merge_request(7, HEAD)
    pipeline = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "7"}
    held = {"portal-plan-staging": 3, "portal-plan-production": 3}
    assert codes(pipelines.run(**pipeline)) == held
    assert all(
        "adds the label" in one["body"] and "runs its pipeline again" in one["body"] for one in lab.notes.values()
    )
    lab.label(7, "portal:widens_access", by=gitlab.ADA)
    assert codes(pipelines.run(**pipeline)) == held
    assert all("label-not-counted" in one["body"] for one in lab.notes.values())
    lab.unlabel(7, "portal:widens_access")
    lab.label(7, "portal:widens_access")
    made = pipelines.run(**pipeline)
    assert codes(made) == {"portal-plan-staging": 0, "portal-plan-production": 0}, made[0].out
    assert len(lab.notes) == 2
    for one in made:
        ((path, content),) = one.kept.items()
        assert path == f"{one.name}.json"
        lab.keep(7, one.name, content)

    merged = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": MERGED}
    refused = pipelines.run(**merged)
    assert codes(refused) == {"portal-apply-staging": 1}
    assert "reviewed-plan-missing" in refused[0].out
    lab.merge_requests[7] |= {"state": "merged", "merge_commit_sha": MERGED}
    applied = pipelines.run(**merged)
    assert codes(applied) == {"portal-apply-staging": 0}, applied[0].out

    looks = {"portal-drift-staging": 0, "portal-drift-production": 0}
    sites["staging"].place.meddle("help_centers/acme", {"custom_domain": "help.other.example"})
    looked = pipelines.run(CI_PIPELINE_SOURCE="schedule")
    assert codes(looked) == looks, looked[0].out
    assert [(one["title"], one["state"]) for one in lab.issues.values()] == [
        ("portal drift: acme-support in staging", "opened")
    ]
    sites["staging"].place.meddle("help_centers/acme", {"custom_domain": "help.staging.acme.example"})
    assert codes(pipelines.run(CI_PIPELINE_SOURCE="schedule")) == looks
    assert [one["state"] for one in lab.issues.values()] == ["closed"]

    by_hand = {"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "main"}
    soaking = pipelines.run(**by_hand)
    assert codes(soaking) == {"portal-promote-plan": 3}, soaking[0].out
    promoted = pipelines.run(
        **by_hand, PORTAL_WAIVE="soak", PORTAL_REASON="A leak is mended.", PORTAL_ALLOW="widens_access"
    )
    assert codes(promoted) == {"portal-promote-plan": 0, "portal-promote": 0}, promoted[-1].out
    assert sites["production"].domain() == "help.acme.example"

    assert sorted(set(every_job(TEMPLATE)) - pipelines.executed) == []

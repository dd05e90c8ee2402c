"""Labels that let a plan past a guard: which count, by who set them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.forge.ci_environment import ForgeOptions, connect
from tests.reconciler.cli.conftest import EXAMPLE
from tests.support.forge import github, gitlab
from tests.support.sample import template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.reconciler.cli.conftest import Run
    from tests.reconciler.forge.conftest import Build
    from tests.support.forge.github import GitHub
    from tests.support.forge.gitlab import GitLab

HEAD = "a" * 40
WIDENS = "portal:widens_access"


@pytest.fixture
def build(on_github: Build) -> Iterator[Build]:
    """Give a build of pull request 7, in a folder with the example and its workspace."""
    (on_github.folder / ".portal").mkdir()
    (on_github.folder / ".portal" / "workspace.db").write_bytes(template().read_bytes())
    (on_github.folder / "portal.yaml").write_bytes(EXAMPLE.read_bytes())
    on_github.environment["GITHUB_REF"] = "refs/pull/7/merge"
    return on_github


def planned(build: Build) -> Run:
    return build.portal("plan", "--approved-on", "github", "--format", "json")


def told(done: Run) -> list[str]:
    """The codes of what a plan says of labels."""
    return [one["code"] for one in json.loads(done.out)["diagnostics"] if one["code"].startswith("label-")]


def test_a_label_counts_that_somebody_else_set(build: Build, hub: GitHub) -> None:
    hub.pull(7, HEAD)
    assert planned(build).code == 3
    hub.label(7, WIDENS, by=github.MARA)
    done = planned(build)
    assert (done.code, told(done)) == (0, []), done.err


@pytest.mark.parametrize(("by", "kind"), [(github.ADA, "User"), ("github-actions[bot]", "Bot"), ("", "User")])
def test_a_label_of_the_author_or_of_a_program_does_not_count(build: Build, hub: GitHub, by: str, kind: str) -> None:
    hub.pull(7, HEAD)
    hub.label(7, WIDENS, by=by, kind=kind)
    done = planned(build)
    assert (done.code, told(done)) == (3, ["label-not-counted"])
    # Who set it last counts.
    hub.unlabel(7, WIDENS)
    hub.label(7, WIDENS, by=github.MARA)
    assert planned(build).code == 0
    hub.unlabel(7, WIDENS)
    hub.label(7, WIDENS, by=by, kind=kind)
    assert planned(build).code == 3


def test_the_file_may_let_the_author_count(build: Build, hub: GitHub) -> None:
    file = build.folder / "portal.yaml"
    file.write_text(file.read_text().replace("guards:\n", "guards:\n  approvals: anyone\n"))
    hub.pull(7, HEAD)
    hub.label(7, WIDENS, by=github.ADA)
    done = planned(build)
    assert (done.code, told(done), json.loads(done.out)["approvals"]) == (0, [], "anyone")


def test_a_label_that_names_no_risk_is_told(build: Build, hub: GitHub) -> None:
    hub.pull(7, HEAD)
    hub.label(7, "portal:widen_access")
    hub.label(7, "help wanted")
    done = planned(build)
    assert (done.code, told(done)) == (3, ["label-unknown"])
    assert "Did you mean portal:widens_access?" in done.out


def test_without_labels_of_ours_nobody_is_asked_who_set_them(build: Build, hub: GitHub) -> None:
    hub.pull(7, HEAD, labels=[{"name": "help wanted"}])
    assert planned(build).code == 3
    assert not [one for one in hub.sent if one.path.endswith("/events")]


def test_a_build_of_no_pull_request_is_told_so(build: Build, hub: GitHub) -> None:
    build.environment["GITHUB_REF"] = "refs/heads/main"
    done = planned(build)
    assert (done.code, hub.sent) == (64, [])
    assert "forge-context-missing" in done.err


def test_gitlab_knows_who_set_a_label(lab: GitLab) -> None:
    lab.merge_request(7, HEAD)
    token = next(iter(lab.accounts))
    variables = {"CI_PROJECT_ID": gitlab.PROJECT, "CI_API_V4_URL": lab.url, "GITLAB_TOKEN": token}
    from reconciler.target.connect import limits

    forge = connect(ForgeOptions("gitlab"), variables, limits(None))
    for name, by in (("one", gitlab.ADA), ("two", gitlab.MARA), ("three", lab.accounts[token]), ("one", gitlab.MARA)):
        lab.label(7, name, by)
    lab.label(7, "four", gitlab.Account(901, "group_9_bot_5f", frozenset()))
    request = forge.request(7)
    assert (request.author, request.foreign) == ("ada", False)
    by_name = {one.name: (one.by, one.person) for one in forge.labels(request)}
    forge.close()
    assert by_name == {
        "one": ("mara", True),
        "two": ("mara", True),
        "three": (lab.accounts[token].login, False),
        "four": ("group_9_bot_5f", False),
    }

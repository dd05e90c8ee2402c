"""`portal fetch`: the plan that was reviewed, as long as it is the one that would be made now."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.core.documents import digest, dumps
from tests.reconciler.cli.conftest import EXAMPLE
from tests.reconciler.cli.test_end_to_end import document
from tests.reconciler.forge.conftest import TOKEN, Build
from tests.support.forge import github
from tests.support.sample import template

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reconciler.cli.conftest import Run
    from tests.support.forge.github import GitHub
    from tests.support.forge.gitlab import GitLab

HEAD, MERGED = "a" * 40, "c" * 40
NAME = "portal-plan-default"
LABELS = [{"name": "help wanted"}, {"name": "portal:widens_access"}]


@pytest.fixture
def at_hand(on_github: Build) -> Build:
    """Give a build of the merged commit, in a folder with the configuration and its workspace."""
    (on_github.folder / ".portal").mkdir()
    shutil.copy(template(), on_github.folder / ".portal" / "workspace.db")
    shutil.copy(EXAMPLE, on_github.folder / "portal.yaml")
    on_github.environment |= {"GITHUB_SHA": MERGED, "GITHUB_REF": "refs/heads/main"}
    return on_github


def reviewed(build: Build, **changed: Any) -> bytes:
    """Return the plan that the pull request's build kept."""
    done = build.portal("plan", "--allow", "widens_access", "--format", "json", GITHUB_SHA="d" * 40)
    plan = {**json.loads(done.out), **changed}
    plan["digest"] = digest(plan)
    return dumps(plan).encode()


def fetch(build: Build, **told: str) -> Run:
    return build.portal("fetch", "--from", "github", "--out", "plan.json", **told)


def test_the_plan_that_was_reviewed_is_found_and_applied(at_hand: Build, hub: GitHub) -> None:
    hub.pull(6, MERGED, merged_as="e" * 40)
    hub.pull(7, HEAD, merged_as=MERGED, labels=LABELS)
    plan = reviewed(at_hand)
    hub.keep(NAME, b"an older build's", head=HEAD)
    hub.keep(NAME, plan, head=HEAD)
    # Newer ones that do not count: of another commit, of a fork, gone, under another name.
    hub.keep(NAME, b"{}", head="b" * 40)
    hub.keep(NAME, b"{}", head=HEAD, repo=github.FORK)
    hub.keep(NAME, b"{}", head=HEAD, expired=True)
    hub.keep("portal-plan-production", b"{}", head=HEAD)
    done = fetch(at_hand)
    assert (done.code, done.out) == (0, "Reviewed with pull request 7: plan.json\n"), done.err
    assert (at_hand.folder / "plan.json").read_bytes() == plan
    assert {one.token for one in hub.sent if one.path.startswith("/blobs/")} == {""}
    assert {one.token for one in hub.sent if not one.path.startswith("/blobs/")} == {TOKEN}
    applied = at_hand.portal("apply", "plan.json", "--yes", "--quiet")
    assert applied.code == 0, applied.err
    # Run again, nothing is left to do; the plan that is written says so, and may be applied.
    again = fetch(at_hand)
    assert again.out == "Nothing is left to do of pull request 7: plan.json\n"
    assert json.loads((at_hand.folder / "plan.json").read_bytes())["outcome"] == "no_changes"
    assert at_hand.portal("apply", "plan.json", "--yes").code == 0


def test_the_plan_is_found_on_gitlab(at_hand: Build, on_gitlab: Build, lab: GitLab) -> None:
    lab.merge_request(6, HEAD, merged_as="e" * 40)
    lab.merge_request(7, HEAD, merged_as=MERGED, labels=["portal:widens_access"])
    plan = reviewed(at_hand)
    for name, content in ((NAME, b"older"), (NAME, plan), ("other", b"{}")):
        lab.keep(7, name, content)
    asked = ("fetch", "--from", "gitlab", "--out", "plan.json", "--format", "json")
    done = on_gitlab.portal(*asked, CI_COMMIT_SHA=MERGED)
    assert done.code == 0, done.err
    contents = document(done, "result.schema.json")
    assert (contents["outcome"], contents["number"]) == ("reviewed", 7)
    assert (on_gitlab.folder / "plan.json").read_bytes() == plan


def forged(build: Build) -> bytes:
    """Return a plan that is whole, and lets everyone in, which nobody has reviewed."""
    changes = json.loads(reviewed(build))["changes"]
    for one in changes:
        for operation in one["operations"]:
            if operation["path"].endswith("/audience"):
                operation["body"] = {"mode": "everyone", "rule": None}
    return reviewed(build, changes=changes)


def older(build: Build) -> bytes:
    """Return the plan of an older state of the file."""
    now = (build.folder / "portal.yaml").read_text()
    (build.folder / "portal.yaml").write_text(now.replace("ticket_visibility: company", "ticket_visibility: own"))
    plan = reviewed(build)
    (build.folder / "portal.yaml").write_text(now)
    return plan


def promoted(build: Build) -> bytes:
    """Return a plan that says it brings what another environment has proven."""
    named = dict.fromkeys(("environment", "workspace", "name", "target", "help_center"), "staging")
    proven = {"receipt": "r1", "digest": json.loads(reviewed(build))["digest"], "commit": None, "since": "2026-11-22"}
    return reviewed(build, promotion={"from": named, **proven, "conditions": [], "fields": [], "left": []})


def elsewhere(build: Build) -> bytes:
    """Return a plan that says it is about an environment."""
    return reviewed(build, environment="production")


@pytest.mark.parametrize(
    ("made", "differs"),
    [
        (forged, "the changes"),
        (older, "the configurations"),
        (elsewhere, "the environments"),
        (promoted, "what is promoted"),
    ],
)
def test_a_plan_that_would_not_be_made_now_is_refused(
    at_hand: Build, hub: GitHub, made: Callable[[Build], bytes], differs: str
) -> None:
    hub.pull(7, HEAD, merged_as=MERGED, labels=LABELS)
    hub.keep(NAME, made(at_hand), head=HEAD)
    done = fetch(at_hand)
    assert done.code == 4, done.err
    assert "reviewed-plan-differs" in done.err
    assert differs in re.sub(r"\s+", " ", done.err)
    assert not (at_hand.folder / "plan.json").exists()


def test_without_the_label_the_guard_holds(at_hand: Build, hub: GitHub) -> None:
    hub.pull(7, HEAD, merged_as=MERGED)
    hub.keep(NAME, reviewed(at_hand), head=HEAD)
    done = fetch(at_hand)
    assert (done.code, (at_hand.folder / "plan.json").exists()) == (3, False)
    assert "plan-blocked" in done.err


def nothing(_: GitHub) -> None:
    """Have no pull request."""


def of_a_fork(hub: GitHub) -> None:
    """Have one that came from a fork."""
    hub.pull(7, HEAD, merged_as=MERGED, labels=LABELS, repo=github.FORK)
    hub.keep(NAME, b"{}", head=HEAD, repo=github.FORK)


def without_plan(hub: GitHub) -> None:
    """Have one whose builds kept nothing."""
    hub.pull(7, HEAD, merged_as=MERGED, labels=LABELS)


@pytest.mark.parametrize("have", [nothing, of_a_fork, without_plan])
def test_without_a_reviewed_plan_there_is_none(at_hand: Build, hub: GitHub, have: Callable[[GitHub], None]) -> None:
    have(hub)
    done = fetch(at_hand)
    assert (done.code, (at_hand.folder / "plan.json").exists()) == (1, False)
    assert "reviewed-plan-missing" in done.err


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        (b"{}", {"digest": "sha256:0000"}, "forge-answer-unreadable"),
        (b"no plan", {}, "plan-unreadable"),
        (b'{"kind": "plan", "format_version": "1.0", "digest": "sha256:0000"}', {}, "plan-edited"),
    ],
)
def test_what_is_not_whole_is_refused(
    at_hand: Build, hub: GitHub, content: bytes, more: dict[str, str], said: str
) -> None:
    hub.pull(7, HEAD, merged_as=MERGED, labels=LABELS)
    hub.keep(NAME, content, head=HEAD, **more)
    done = fetch(at_hand)
    assert done.code == 1
    assert said in done.err


def test_an_archive_with_other_files_is_refused(at_hand: Build, hub: GitHub) -> None:
    hub.pull(7, HEAD, merged_as=MERGED, labels=LABELS)
    key = hub.keep("other", b"{}", head=HEAD)
    hub.artifacts[key][0]["name"] = NAME
    assert "does not have the one file" in fetch(at_hand).err
    hub.artifacts[key] = ({**hub.artifacts[key][0], "digest": None}, b"no archive")
    assert "is no archive" in fetch(at_hand).err


def test_the_commit_has_to_be_known(at_hand: Build) -> None:
    done = fetch(at_hand, GITHUB_SHA="")
    assert done.code == 64
    assert "forge-context-missing" in done.err

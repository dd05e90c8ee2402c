"""`portal ci doctor`: what a build has been given, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.reconciler.cli.test_end_to_end import document
from tests.reconciler.forge.conftest import TOKEN, hub
from tests.support.forge import github
from tests.support.golden import assert_golden
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reconciler.cli.conftest import Place
    from tests.support.forge.github import GitHub

__all__ = ["hub"]

ENVIRONMENTS = """
environments:
  staging: {workspace: "${PORTAL_STAGING_WORKSPACE}", token: "${PORTAL_STAGING_TOKEN}"}
"""


@pytest.fixture
def build(served: Place, hub: GitHub) -> Place:
    """Give a build of pull request 7, with all that it needs."""
    file = served.folder / "portal.yaml"
    file.write_text(file.read_text().partition("\nenvironments:")[0] + ENVIRONMENTS)
    hub.pull(7, "a" * 40)
    served.environment |= {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": github.REPOSITORY,
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_API_URL": hub.url,
        "GITHUB_TOKEN": TOKEN,
        "PORTAL_STAGING_WORKSPACE": served.url,
        "PORTAL_STAGING_TOKEN": served.environment["PORTAL_TOKEN"],
    }
    return served


def asked(build: Place, *arguments: str, code: int = 0, **environment: str) -> dict[str, Any]:
    done = build.portal("ci", "doctor", *arguments, "--format", "json", workspace=False, **environment)
    assert done.code == code, done
    contents = document(done, "result.schema.json")
    return {one["what"]: (one["outcome"], one["said"]) for one in contents["checks"]}


def test_a_build_that_has_all_it_needs(build: Place) -> None:
    answer = asked(build, "--for", "apply")
    assert answer["PORTAL_STAGING_TOKEN for staging"] == ("ok", "may write")
    assert answer["GITHUB_TOKEN for GitHub"] == ("ok", "reads pull request 7 and its labels")
    assert answer["PORTAL_IDENTITY_SECRET"][0] == "warning"
    # A plan runs what a pull request wants: it should not be able to write.
    assert asked(build)["PORTAL_STAGING_TOKEN for staging"][0] == "warning"


def test_what_is_missing_is_named_and_nothing_secret_shown(build: Place) -> None:
    made = build.portal("token", "create", "reader", "--scope", "read", "--db", "served.db", workspace=False)
    reads = made.out.strip()
    answer = asked(build, "--for", "apply", code=1, PORTAL_STAGING_TOKEN=reads)
    assert answer["PORTAL_STAGING_TOKEN for staging"][0] == "missing"
    done = build.portal(
        *("ci", "doctor", "--no-color"), workspace=False, GITHUB_TOKEN="wrong-token", PORTAL_STAGING_TOKEN="wrong-too"
    )
    assert done.code == 1
    assert "wrong" not in done.out + done.err
    said = done.out.replace(build.url, "http://127.0.0.1:8470").replace(build.environment["GITHUB_API_URL"], "…")
    assert_golden(ROOT / "tests" / "cases" / "cli" / "ci-doctor-wrong-tokens.txt", said)
    assert asked(build, code=1, PORTAL_STAGING_WORKSPACE="")["the workspace of staging"][0] == "missing"


def test_elsewhere_there_is_nothing_to_check(build: Place) -> None:
    done = build.portal("ci", "doctor", workspace=False, GITHUB_ACTIONS="")
    assert (done.code, done.out) == (64, "")
    assert "forge-context-missing" in done.err


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_init_ends_with_what_has_to_be_set(folder: Path, embedded: Place, forge: str) -> None:
    done = embedded.portal("init", "--ci", forge, "--keep", workspace=False)
    assert done.code == 0, done.err
    text = done.err[done.err.index("Set in the settings") :]
    assert_golden(ROOT / "tests" / "cases" / "cli" / f"init-ci-{forge}-settings.txt", text)
    workflows = [*(folder / ".github").rglob("portal-*.yml"), *folder.glob("ci/*.yml")]
    used = "\n".join(one.read_text() for one in workflows)
    for name in ("PORTAL_IDENTITY_SECRET", "PORTAL_ALLOW"):
        assert name in used or forge == "github"
    assert "PORTAL_IDENTITY_SECRET" in text

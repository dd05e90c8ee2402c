"""Where people see the build that made a plan: a link in the lists of who makes each change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconciler.forge import ci_environment as context

if TYPE_CHECKING:
    from pathlib import Path

GITHUB = {
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "acme/support",
    "GITHUB_RUN_ID": "4711",
}
URL = "https://github.example/acme/support/actions/runs/4711"


def test_a_build_on_github_is_its_run() -> None:
    assert context.build("github", GITHUB) == URL


def test_a_build_that_follows_another_names_that_one(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"workflow_run": {"id": 4700}}), encoding="utf-8")
    built = context.build("github", {**GITHUB, "GITHUB_EVENT_PATH": str(event)})
    assert built == URL.replace("4711", "4700")


def test_a_job_on_gitlab_has_an_address() -> None:
    address = "https://gitlab.example/acme/support/-/jobs/12"
    assert context.build("gitlab", {"CI_JOB_URL": address}) == address


@pytest.mark.parametrize(
    ("forge", "variables"),
    [
        ("github", {}),
        ("github", {**GITHUB, "GITHUB_RUN_ID": "x"}),
        ("github", {**GITHUB, "GITHUB_SERVER_URL": "javascript:alert(1)"}),
        ("gitlab", {"CI_JOB_URL": "https://gitlab.example/a) [b](https://elsewhere.example"}),
    ],
)
def test_what_is_no_address_is_no_link(forge: str, variables: dict[str, str]) -> None:
    assert context.build(forge, variables) == ""

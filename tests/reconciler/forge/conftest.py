"""Forges on loopback, and commands that talk to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.cli.app import run
from tests.reconciler.cli.conftest import Run, embedded, folder
from tests.support.faults.child import clean_environment
from tests.support.forge import github, gitlab
from tests.support.forge.github import GitHub
from tests.support.forge.gitlab import GitLab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["embedded", "folder"]

TOKEN = "token-of-the-build"
OTHERS = "token-of-mallory"


@pytest.fixture
def hub() -> Iterator[GitHub]:
    """Give GitHub."""
    with GitHub({TOKEN: github.WORKFLOW, OTHERS: github.SOMEBODY}) as server:
        yield server


@pytest.fixture
def lab() -> Iterator[GitLab]:
    """Give GitLab."""
    with GitLab({TOKEN: gitlab.BOT, OTHERS: gitlab.SOMEBODY}) as server:
        yield server


@dataclass
class Build:
    """A build: a folder, and what the forge tells it."""

    folder: Path
    environment: dict[str, str]
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def portal(self, *arguments: str, **environment: str) -> Run:
        """Run `portal` in this process."""
        with self.monkeypatch.context() as patch:
            patch.chdir(self.folder)
            for name in set(_environ()) - set(clean_environment()):
                patch.delenv(name)
            for name, value in {**self.environment, **environment}.items():
                patch.setenv(name, value)
            code = run(list(arguments))
        said = self.capsys.readouterr()
        done = Run(code, said.out, said.err)
        for token in (TOKEN, OTHERS):
            assert token not in done.out + done.err
        return done


def _environ() -> dict[str, Any]:
    import os

    return dict(os.environ)


@pytest.fixture
def on_github(
    hub: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Build:
    """Give a build on GitHub of pull request 7."""
    told = {
        "GITHUB_API_URL": hub.url,
        "GITHUB_REPOSITORY": github.REPOSITORY,
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_TOKEN": TOKEN,
        "PORTAL_PATIENCE": "3",
    }
    return Build(tmp_path, told, monkeypatch, capsys)


@pytest.fixture
def on_gitlab(
    lab: GitLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Build:
    """Give a build on GitLab of merge request 7."""
    told = {
        "CI_API_V4_URL": lab.url,
        "CI_PROJECT_ID": gitlab.PROJECT,
        "CI_MERGE_REQUEST_IID": "7",
        "GITLAB_TOKEN": TOKEN,
        "PORTAL_PATIENCE": "3",
    }
    return Build(tmp_path, told, monkeypatch, capsys)

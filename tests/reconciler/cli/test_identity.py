"""What is acted on is what is named: the commit of a file, and the workspace of an environment."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from reconciler.config.environments.sharing import same
from reconciler.core.git import commits, current_commit
from tests.reconciler.cli.conftest import Place, served

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["served"]


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.email=a@b.example", "-c", "user.name=A"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a repository with one file."""
    for name in ("GITHUB_SHA", "CI_COMMIT_SHA"):
        monkeypatch.delenv(name, raising=False)
    git(tmp_path, "init", "-q")
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals" / "é.yaml").write_text("a", encoding="utf-8")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


@pytest.mark.parametrize("variable", [None, "GITHUB_SHA"])
def test_only_a_file_that_is_as_it_was_committed_is_of_the_commit(
    repository: Path, variable: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = git(repository, "rev-parse", "HEAD")
    if variable is not None:
        head = "f" * 40
        monkeypatch.setenv(variable, head)
    file, fresh, outside = repository / "portals" / "é.yaml", repository / "new.yaml", repository.parent / "other.yaml"
    fresh.write_text("a", encoding="utf-8")
    many = commits()
    for one in (file, fresh):
        assert current_commit(str(one)) == many(str(one)) == (head if one == file else None)
    monkeypatch.chdir(repository / "portals")
    assert current_commit("é.yaml") == head
    file.write_text("b", encoding="utf-8")
    assert current_commit(str(file)) is None
    git(repository, "add", "-A")
    assert current_commit(str(file)) is None
    assert current_commit(str(outside)) == (head if variable else None)


@pytest.mark.parametrize(
    ("first", "second", "are"),
    [
        ("https://A.example", "https://a.example:443/", True),
        ("http://127.0.0.1:80", "http://127.0.0.1", True),
        ("https://a.example", "http://a.example", False),
        ("https://a.example/x", "https://a.example", False),
        ("https://a.example:x", "https://a.example:x", True),
    ],
)
def test_two_addresses_of_one_workspace(first: str, second: str, *, are: bool) -> None:
    assert same(first, second) is are


def environments(served: Place, *, protected: bool) -> None:
    values = {
        "version": 1,
        "name": "acme-support",
        "help_center": {"identifier": "acme", "live": True},
        "environments": {
            "staging": {"workspace": "${HERE}", "token": "${TOKEN}"},
            "production": {
                "workspace": served.url + "/",
                "token": "${TOKEN}",
                "promote_from": "staging",
                "protected": protected,
            },
        },
    }
    (served.folder / "portal.yaml").write_text(json.dumps(values), encoding="utf-8")


def test_a_protected_environment_is_protected_by_its_address(served: Place) -> None:
    environments(served, protected=True)
    command = served.portal("apply", "--yes")
    assert (command.code, "environment-protected" in command.err) == (3, True)
    environments(served, protected=False)
    assert served.portal("apply", "--yes").code == 0


def test_environments_of_one_workspace_are_told_and_not_promoted(served: Place) -> None:
    environments(served, protected=True)
    token = served.environment["PORTAL_TOKEN"]
    given = {"HERE": served.url, "TOKEN": token}
    command = served.portal("plan", "-e", "production", "--format", "json", workspace=False, **given)
    codes = {one["code"]: one["summary"] for one in json.loads(command.out)["diagnostics"]}
    assert codes["environments-share-workspace"] == "production leads to the same workspace as `staging`"
    command = served.portal("promote", "--to", "production", "--format", "json", workspace=False, **given)
    assert command.code == 3
    assert [one["code"] for one in json.loads(command.out)["diagnostics"]] == ["promotion-to-itself"]

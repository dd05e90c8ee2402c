"""The hooks for pre-commit, run by pre-commit itself in a repository of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.faults.child import clean_environment
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from tests.workflows.quick import Quick

FILE = "version: 1\nname: acme\nhelp_center: {identifier: acme}\n"
STAGING = "workspace: https://workspace.staging.example\ntoken: ${PORTAL_STAGING_TOKEN}\n"
PRE_COMMIT = Path(sys.executable).parent / "pre-commit"


@pytest.fixture
def repository(tmp_path: Path, quick: Quick) -> Any:
    """Give a repository with the hooks, and what runs a command in it."""
    environment = {
        **clean_environment(),
        "PATH": f"{quick.folder}:{Path(sys.executable).parent}:/usr/bin:/bin",
        "PRE_COMMIT_HOME": str(tmp_path / "kept"),
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }
    folder = tmp_path / "repository"
    folder.mkdir()
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    # As they are written, but for what would have them installed from a registry: the command is there already.
    local = [{**hook, "language": "system"} for hook in hooks]
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": local}]}))
    (folder / "portal.yaml").write_text(FILE)
    (folder / "portal.staging.yaml").write_text(STAGING)
    (folder / "other.yaml").write_text("not: [ours")

    def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    assert run("git", "init", "-q").returncode == 0
    assert run("git", "add", ".").returncode == 0
    return folder, run


def test_the_hooks_check_and_mend_what_is_ours(repository: Any) -> None:
    folder, run = repository
    good = run(PRE_COMMIT, "run", "--all-files")
    assert (good.returncode, good.stdout.count("Passed")) == (0, 2), good.stdout
    for name, text in (("portal.yaml", FILE), ("portal.staging.yaml", STAGING)):
        first, second, *rest = text.splitlines(keepends=True)
        (folder / name).write_text("".join((second, first, *rest)))
    mended = run(PRE_COMMIT, "run", "--all-files")
    assert mended.returncode == 1
    assert "files were modified by this hook" in mended.stdout
    assert [(folder / name).read_text() for name in ("portal.yaml", "portal.staging.yaml")] == [FILE, STAGING]
    (folder / "portal.staging.yaml").write_text(STAGING.replace("token", "tokn"))
    bad = run(PRE_COMMIT, "run", "portal-validate", "--files", "portal.staging.yaml")
    assert bad.returncode == 1
    assert "portal.staging.yaml:2:1" in bad.stdout


def test_the_manifest_is_one(repository: Any) -> None:
    _, run = repository
    done = run(PRE_COMMIT, "validate-manifest", ROOT / ".pre-commit-hooks.yaml")
    assert done.returncode == 0, done.stdout


def test_nothing_of_ours_is_no_work(repository: Any) -> None:
    _, run = repository
    done = run(PRE_COMMIT, "run", "--files", "other.yaml")
    assert (done.returncode, done.stdout.count("Skipped")) == (0, 2), done.stdout

"""Workflows and the action pass the linters of the trade, and hold to the rules of this project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.sample import ROOT
from tests.workflows.runner import load

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ALL = [*WORKFLOWS, ROOT / "action.yml"]
BIN = Path(sys.executable).parent


def linted(*command: str | Path) -> subprocess.CompletedProcess[str]:
    # Nothing is looked for around the repository, nor asked of anybody.
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_actionlint_finds_nothing() -> None:
    done = linted(BIN / "actionlint", "-no-color", "-shellcheck=", "-pyflakes=", *WORKFLOWS)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_zizmor_finds_nothing() -> None:
    done = linted(BIN / "zizmor", "--offline", "--no-progress", "--color=never", "--quiet", *ALL)
    assert done.returncode == 0, done.stdout
    assert "No findings to report" in done.stdout


def test_the_linters_would_find_something(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    text = (ROOT / ".github" / "workflows" / "portal-plan.yml").read_text()
    bad = folder / "bad.yml"
    bad.write_text(
        text.replace("run: |", "run: |\n          echo ${{ github.event.pull_request.title }}").replace("#", "# ")
    )
    assert linted(BIN / "actionlint", "-no-color", bad).returncode == 1
    assert linted(BIN / "zizmor", "--offline", "--no-progress", "--quiet", bad).returncode > 1


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_scripts_are_whole_and_take_nothing_in(path: Path) -> None:
    contents = load(path)
    jobs = contents["jobs"].values() if "jobs" in contents else [contents["runs"]]
    for step in (step for job in jobs for step in job["steps"]):
        if "run" in step:
            assert "${{" not in step["run"]
            checked = subprocess.run(["bash", "-n"], input=step["run"], capture_output=True, text=True, check=False)
            assert (checked.returncode, checked.stderr) == (0, "")
        elif step["uses"] != "./":
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])


def test_another_mode_is_refused() -> None:
    script = load(ROOT / "action.yml")["runs"]["steps"][0]["run"]
    for mode, code in (("plan", 0), ("plans", 64), ("$(exit 0)", 64), ("", 64)):
        done = subprocess.run(["bash", "-e", "-c", script], env={"MODE": mode}, capture_output=True, check=False)
        assert done.returncode == code


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_job_says_what_it_may_do_and_for_how_long(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 30
        # Who a job is, is nothing that it writes.
        granted = {area: may for area, may in job.get("permissions", {}).items() if area != "id-token"}
        writes = [area for area, may in granted.items() if may != "read"]
        assert len(writes) <= 1

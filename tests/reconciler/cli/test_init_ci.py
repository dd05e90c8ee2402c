"""The workflows that `portal init --ci` writes: those of this repository, for a repository of somebody else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from reconciler import __version__
from tests.reconciler.cli.conftest import Place
from tests.support.golden import assert_golden
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parents[2] / "cases" / "cli"
BIN = Path(sys.executable).parent
HERE = ROOT / ".github" / "workflows"


def written(folder: Path) -> list[Path]:
    return sorted((folder / ".github" / "workflows").iterdir())


def steps(path: Path) -> Iterator[dict[str, object]]:
    contents = yaml.safe_load(path.read_text(encoding="utf-8"))
    for job in contents["jobs"].values() if "jobs" in contents else [contents["runs"]]:
        yield from job["steps"]


@pytest.fixture(params=["portal.yaml", "config/acme.yaml"])
def file(request: pytest.FixtureRequest) -> str:
    """The path of the configuration in the repository."""
    return str(request.param)


def test_workflows_for_github(tmp_path: Path, file: str) -> None:
    done = Place(tmp_path).portal("init", "--ci", "github", "-f", file)
    assert done.code == 0, done.err
    assert [one.name for one in written(tmp_path)] == sorted(one.name for one in HERE.glob("portal-*.yml"))
    action = tmp_path / ".github" / "actions" / "portal" / "action.yml"
    for path in [action, *written(tmp_path)]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"examples/|GITHUB_ACTION_PATH|uses: \./\n|sample people|\n  sample:", text), path
        used = [str(one["uses"]) for one in steps(path) if "uses" in one]
        assert all(one == "./.github/actions/portal" or re.search("@[0-9a-f]{40}$", one) for one in used)
        assert set(re.findall(r"^ +file: ([^#{\n]+)$", text, re.MULTILINE)) <= {file}
    assert f"'tickets-portal[serve,verify]=={__version__}'" in action.read_text(encoding="utf-8")
    assert f"portal fmt --check {file}\n" in (tmp_path / ".github/workflows/portal-plan.yml").read_text()
    assert Place(tmp_path).portal("validate", "-f", file).code == 0


def test_the_linters_find_nothing_in_them(tmp_path: Path) -> None:
    assert Place(tmp_path).portal("init", "--ci", "github").code == 0
    command = [BIN / "actionlint", "-no-color", "-shellcheck=", "-pyflakes=", *written(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    quiet = ["--offline", "--no-progress", "--color=never", "--quiet", "--config", ROOT / ".github" / "zizmor.yml"]
    done = subprocess.run([BIN / "zizmor", *quiet, tmp_path], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_plan_workflow_as_it_is_written(tmp_path: Path) -> None:
    assert Place(tmp_path).portal("init", "--ci", "github").code == 0
    assert_golden(CASES / "init-portal-plan.yml", (tmp_path / ".github/workflows/portal-plan.yml").read_text())


def test_a_pipeline_for_gitlab(tmp_path: Path, file: str) -> None:
    assert Place(tmp_path).portal("init", "--ci", "gitlab", "-f", file).code == 0
    assert yaml.safe_load((tmp_path / ".gitlab-ci.yml").read_text())["include"] == [
        {"local": "ci/portal.gitlab-ci.yml"}
    ]
    contents = yaml.safe_load((tmp_path / "ci" / "portal.gitlab-ci.yml").read_text())
    assert contents["variables"]["PORTAL_FILE"] == file
    assert contents["variables"]["PORTAL_VERSION"] == f"tickets-portal[serve,verify]=={__version__}"


def test_workflows_can_be_added_later(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.portal("init").code == 0
    (tmp_path / "portal.yaml").write_text("mine")
    done = place.portal("init", "--ci", "github", "--keep")
    assert done.code == 0
    assert (tmp_path / "portal.yaml").read_text() == "mine"
    assert_golden(CASES / "init-ci-keep.txt", done.err)
    (tmp_path / ".github" / "workflows" / "portal-drift.yml").write_text("mine")
    (tmp_path / ".github" / "workflows" / "portal-plan.yml").unlink()
    done = place.portal("init", "--ci", "github", "--keep")
    assert (tmp_path / ".github" / "workflows" / "portal-drift.yml").read_text() == "mine"
    assert (tmp_path / ".github" / "workflows" / "portal-plan.yml").exists()


@pytest.mark.parametrize("file", ["/srv/portal.yaml", "../portal.yaml", "a b.yaml", "$(touch x).yaml", "--file"])
def test_a_path_that_a_script_could_misread_is_refused(tmp_path: Path, file: str) -> None:
    done = Place(tmp_path).portal("init", "--ci", "github", f"--file={file}")
    assert (done.code, list(tmp_path.iterdir())) == (64, [])
    assert "with --ci, -f takes a path below this folder" in done.err

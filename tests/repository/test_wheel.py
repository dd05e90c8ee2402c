"""What is installed is whole: a wheel holds the data that the code reads, and works without the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.sample import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with what a wheel of this repository holds."""
    built, folder = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = built.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def run(installed: Path, folder: Path, code: str, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_everything_that_is_no_code_is_there(installed: Path) -> None:
    for package in ("reconciler", "workspace"):
        here = {one.relative_to(ROOT) for one in (ROOT / package).rglob("*") if one.is_file()}
        kept = {one for one in here if "__pycache__" not in one.parts}
        assert not {str(one) for one in kept if not (installed / one).is_file()}
    schemas = {one.name for one in (ROOT / "schemas").iterdir()}
    assert {one.name for one in (installed / "reconciler" / "_schemas").iterdir()} == schemas


def test_it_works_without_the_repository(installed: Path, tmp_path: Path) -> None:
    where = run(installed, tmp_path, "import reconciler, workspace; print(reconciler.__file__, workspace.__file__)")
    assert all(one.startswith(str(installed)) for one in where.split())
    portal = "from reconciler.cli import main; main()"
    for ci in ("github", "gitlab"):
        run(installed, tmp_path, portal, "init", "--ci", ci, "--keep")
    assert len(list((tmp_path / ".github" / "workflows").iterdir())) == len(
        list((ROOT / ".github" / "workflows").glob("portal-*.yml"))
    )
    run(installed, tmp_path, portal, "validate")
    run(installed, tmp_path, portal, "plan", "--allow", "widens_access", "--format", "html")
    assert "What to do" in run(installed, tmp_path, portal, "explain", "locked")
    assert '"openapi"' in run(installed, tmp_path, portal, "schema", "workspace").replace("openapi:", '"openapi"')

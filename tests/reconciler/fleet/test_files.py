"""Which files a fleet stands in."""

from __future__ import annotations

import pathlib
from functools import cache
from typing import TYPE_CHECKING

import pytest

from reconciler.config.environments import files as environment_files
from reconciler.core.errors import ConfigurationInvalid
from reconciler.fleet.load import discovery as fleet_files

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("a.yaml", "b.yml", "b.staging.yml", "notes.txt", ".hidden.yaml", "eu/c.yaml", "eu/.git/d.yaml", "two.yaml")
FOUND = {
    "a directory": (["."], ["a.yaml", "b.yml", "eu/c.yaml", "two.yaml"]),
    "a directory below": (["eu"], ["eu/c.yaml"]),
    "several": (["a.yaml", "eu"], ["a.yaml", "eu/c.yaml"]),
    "one twice": (["a.yaml", "./a.yaml"], ["a.yaml"]),
    "a pattern": (["*.y*ml"], ["a.yaml", "b.yml", "two.yaml"]),
    "a pattern for all depths": (["**/*.yaml"], ["a.yaml", "eu/c.yaml", "two.yaml"]),
    "a pattern for directories": (["e*"], ["eu/c.yaml"]),
    "named, whatever it is called": (["notes.txt", "a.yaml"], ["a.yaml", "notes.txt"]),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a: 1\n---\nb: 2\n" if name == "two.yaml" else "a: 1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", FOUND)
def test_files_are_found(case: str) -> None:
    named, wanted = FOUND[case]
    assert list(fleet_files.find(named)) == wanted


@pytest.mark.parametrize(
    ("named", "code"), [("eu/.git", "fleet-empty"), ("*.json", "fleet-empty"), ("-", "fleet-stdin")]
)
def test_what_stands_for_nothing_is_refused(folder: Path, named: str, code: str) -> None:
    (folder / "eu" / ".git" / "d.yaml").unlink()
    with pytest.raises(ConfigurationInvalid) as problem:
        fleet_files.find([named, "a.yaml"])
    assert problem.value.diagnostics[0].code == code


@pytest.mark.parametrize(
    ("named", "single"),
    [(["a.yaml"], "a.yaml"), (["-"], "-"), (["missing.yaml"], "missing.yaml"), (["two.yaml"], None), (["."], None)],
)
def test_one_configuration_is_no_fleet(named: list[str], single: str | None) -> None:
    assert fleet_files.single(named) == single


def test_a_file_whose_name_looks_like_a_pattern_is_itself(folder: Path) -> None:
    (folder / "[x].yaml").write_text("a: 1\n")
    assert fleet_files.single(["[x].yaml"]) == "[x].yaml"


def test_no_value_of_a_path_is_made_for_each_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fleet has thousands of files, and such a value takes longer than to read one."""
    for number in range(100):
        (folder / "eu" / f"{number}.yaml").write_text("a: 1\n")
    made: list[object] = []

    def counted(*parts: str) -> Path:
        made.append(parts)
        return pathlib.Path(*parts)

    for module in (fleet_files, environment_files):
        monkeypatch.setattr(module, "Path", counted)
    listing = cache(environment_files.listed)
    paths = fleet_files.find(["eu"])
    assert len(paths) == 101
    assert not any(environment_files.beside(path, listing) for path in paths)
    assert len(made) < 10

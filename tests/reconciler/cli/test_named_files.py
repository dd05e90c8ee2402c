"""Every file that is named is looked at, by every verb that takes files; what cannot be looked at is not good."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.app import VERBS, run
from reconciler.config.environments import files as environment_files
from reconciler.core.errors import ConfigurationInvalid
from reconciler.fleet.load import discovery

if TYPE_CHECKING:
    from pathlib import Path


def configuration(name: str) -> str:
    return json.dumps({"version": 1, "name": name, "help_center": {"identifier": "acme"}})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with good and bad configurations, and work in it."""
    fleet = tmp_path / "fleet"
    fleet.mkdir()
    (fleet / "a.yaml").write_text(configuration("a"), encoding="utf-8")
    (fleet / "b.yaml").write_text(configuration("b"), encoding="utf-8")
    (tmp_path / "portal.yaml").write_text(configuration("acme"), encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("version: 2\n", encoding="utf-8")
    (tmp_path / "two.yaml").write_text(f"{configuration('a')}\n---\n{configuration('b')}\n", encoding="utf-8")
    (tmp_path / "half.yaml").write_text(f"{configuration('a')}\n---\nversion: 2\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("named", "valid"),
    [
        (["portal.yaml"], [True]),
        (["broken.yaml", "portal.yaml"], [False, True]),
        (["portal.yaml", "broken.yaml"], [False, True]),
        (["fleet"], [True, True]),
        (["two.yaml"], [True, True]),
        (["half.yaml"], [True, False]),
        (["fleet/*.yaml"], [True, True]),
    ],
)
def test_validate_looks_at_every_file(named: list[str], valid: list[bool], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [part for one in named for part in ("-f", one)]
    assert run(["validate", *arguments, "--format", "json"]) == (0 if all(valid) else 1)
    document = json.loads(capsys.readouterr().out)
    assert document["valid"] is all(valid)
    assert [one["valid"] for one in document.get("files", [document])] == valid
    assert run(["validate", *arguments]) == (0 if all(valid) else 1)
    assert capsys.readouterr().out.count("is valid.") == sum(valid)


@pytest.mark.parametrize("option", ["--file", "--env", "--workspace", "--format"])
def test_an_option_with_one_value_is_not_given_twice(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history", option, "text", option, "json"]) == 64
    assert f"{option} takes one value" in " ".join(capsys.readouterr().err.split())


def test_every_verb_with_options_refuses_one_that_is_given_twice(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in VERBS:
        assert run([verb, "--help"]) == 0
        told = capsys.readouterr().out
        if "--format" in told and "COMMAND [ARGS]" not in told:
            assert run([verb, "--format", "json", "--format", "json"]) == 64, verb
            assert "takes one value" in " ".join(capsys.readouterr().err.split()), verb


def test_a_folder_that_cannot_be_listed_is_not_passed_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(ConfigurationInvalid, match="cannot be listed"):
        discovery.find([str(folder / "fleet")])
    monkeypatch.setattr(os, "listdir", refused)
    with pytest.raises(ConfigurationInvalid, match="cannot be listed"):
        environment_files.listed(folder)

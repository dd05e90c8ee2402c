"""What a newcomer reads who brings the words, the files and the habits of other tools."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.reconciler.cli.conftest import EXAMPLE, Place
from tests.support.golden import assert_golden
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from pathlib import Path

GOLDEN = ROOT / "tests" / "cases" / "cli" / "wrong-words.txt"
LINES = (
    "plan --file plan.json",
    "apply portal.yaml",
    "plan --json",
    "apply --auto-approve",
    "apply -auto-approve",
    "plan -o plan.json",
    "apply --dry-run",
    *("version", "diff", "destroy", "import", "login", "rollback", "state", "lint"),
    "plna",
    "deploi-it",
    "plan --fiel portal.yaml",
    "validate portal.yaml",
    "undo last",
    "plan -e",
)
FOLDERS = {"yml": "there is only a portal.yml", "below": "one in a folder above", "none": "no file at all"}


def test_what_others_call_otherwise_is_told(tmp_path: Path) -> None:
    here = tmp_path / "here"
    (here / "below").mkdir(parents=True)
    (tmp_path / "yml").mkdir()
    (tmp_path / "none").mkdir()
    shutil.copy(EXAMPLE, here / "portal.yaml")
    shutil.copy(EXAMPLE, tmp_path / "yml" / "portal.yml")
    shutil.copy(ROOT / "tests" / "cases" / "render" / "first-apply-allowed.json", here / "plan.json")
    said = [_said(here, line) for line in LINES]
    for name, about in FOLDERS.items():
        folder = here / name if name == "below" else tmp_path / name
        said.append(f"# {about}\n{_said(folder, 'plan')}")
    assert_golden(GOLDEN, "\n".join(said))


def _said(folder: Path, line: str) -> str:
    ended = Place(folder).portal(*line.split())
    assert ended.code in (1, 64), ended
    assert not ended.out
    assert "Traceback" not in ended.err
    return f"$ portal {line}\n{ended.err}"


def test_help_is_a_verb_too(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.portal("help", "plan").out == place.portal("plan", "--help").out
    assert place.portal("help").out == place.portal("--help").out

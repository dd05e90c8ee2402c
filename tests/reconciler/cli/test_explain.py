"""`portal explain`, where it is asked about diagnostic codes, and where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.codes import CODES
from tests.reconciler.cli.conftest import Place
from tests.reconciler.cli.test_end_to_end import document
from tests.support.golden import assert_golden

CASES = Path(__file__).parents[2] / "cases" / "cli"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("explain-code", "guard-exceeded"),
        ("explain-code-mended", "duplicate-key"),
        ("explain-code-mended", "error[duplicate-key]:"),
        ("explain-code-short", "changed-meanwhile"),
    ],
)
def test_a_code_needs_neither_file_nor_workspace(tmp_path: Path, name: str, word: str) -> None:
    done = Place(tmp_path).portal("explain", word)
    assert (done.code, done.err) == (0, "")
    assert_golden(CASES / f"{name}.txt", done.out)
    assert list(tmp_path.iterdir()) == []


def test_every_code_can_be_asked_about(tmp_path: Path) -> None:
    listed = document(Place(tmp_path).portal("explain", "--list", "--format", "json"), "result.schema.json")
    assert [one["code"] for one in listed["codes"]] == sorted(CODES)
    one = document(Place(tmp_path).portal("explain", "locked", "--format", "json"), "result.schema.json")
    assert one["codes"] == [each for each in listed["codes"] if each["code"] == "locked"]
    text = Place(tmp_path).portal("explain", "--list").out
    assert all(f"{code} " in text for code in CODES)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("word", ["duplicate-kye", "Duplicate_Key", "error[dupl-key]:"])
def test_what_is_nearly_a_code_is_told_the_code(tmp_path: Path, word: str) -> None:
    done = Place(tmp_path).portal("explain", word)
    assert (done.code, done.out) == (64, "")
    assert "Did you mean `duplicate-key`?" in done.err


def test_a_person_whose_id_is_a_code_can_be_asked_about(embedded: Place) -> None:
    seed = embedded.folder / "seed.yaml"
    seed.write_text(
        "workspace: {id: w, name: W}\nhelp_centers: [{identifier: acme, name: Acme}]\n"
        "people: [{id: locked, email: lou@examply.com, name: Lou}]\n"
    )
    (embedded.folder / ".portal" / "workspace.db").unlink()
    done = embedded.portal("explain", "--person", "locked", "--live", "--seed", "seed.yaml")
    assert done.code == 0, done.err
    assert "lou@examply.com" in done.out


@pytest.mark.parametrize("arguments", [[], ["locked", "--list"], ["locked", "--person", "ada@examply.com"]])
def test_one_thing_is_asked_at_a_time(tmp_path: Path, arguments: list[str]) -> None:
    done = Place(tmp_path).portal("explain", *arguments)
    assert (done.code, done.out) == (64, "")
    assert "give a person, a code, or --list" in done.err

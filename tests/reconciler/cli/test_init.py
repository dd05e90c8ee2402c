"""`portal init`, as a newcomer runs it: with questions in a terminal, without in a script."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.reconciler.cli.conftest import PORTAL, Place
from tests.support.golden import assert_golden
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CASES = Path(__file__).parents[2] / "cases" / "cli"
SCHEMA = (ROOT / "schemas" / "portal.schema.json").read_text(encoding="utf-8")
LONGEST_WAIT = 120  # seconds; only a program that hangs takes as long


def files(folder: Path) -> list[str]:
    """Return the files in a folder."""
    return sorted(
        str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file() and ".portal" not in str(one)
    )


def in_a_terminal(
    folder: Path, arguments: Sequence[str], answers: Sequence[tuple[str, str | Callable[[], object]]]
) -> tuple[int, str]:
    """Run `portal` in a terminal of its own, answer what it asks, and return its exit code and what was to be seen.

    Args:
        folder: Where to run it.
        arguments: The command line.
        answers: The end of each question, and what to type or to do then.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen([str(PORTAL), *arguments], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen, left = "", list(answers)
    while select.select([ours], [], [], LONGEST_WAIT)[0]:
        try:
            data = os.read(ours, 65536)
        except OSError:  # so a terminal says that nobody is left who could write to it
            break
        if not data:
            break
        seen += data.decode()
        if left and seen.endswith(left[0][0]):
            answer = left.pop(0)[1]
            if isinstance(answer, str):
                os.write(ours, f"{answer}\n".encode())
            else:
                answer()
    os.close(ours)
    code = process.wait(LONGEST_WAIT)
    assert not left, f"never asked: {left[0][0]}\n{seen}"
    return code, seen.replace("\r\n", "\n")


def test_a_first_file_can_be_used_at_once(embedded: Place) -> None:
    file = embedded.folder / "portal.yaml"
    file.unlink()
    done = embedded.portal("init")
    assert (done.code, done.out) == (0, "")
    assert_golden(CASES / "init.txt", done.err)
    assert_golden(CASES / "init.yaml", file.read_text())
    assert (embedded.folder / "portal.schema.json").read_text() == SCHEMA
    assert embedded.portal("validate").code == 0
    assert embedded.portal("fmt", "--check").code == 0
    assert embedded.portal("plan").code == 3
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    assert embedded.portal("plan", "--detailed-exitcode").code == 0
    assert embedded.portal("explain", "ada@examply.com").code == 0


def test_the_questions_and_what_becomes_of_the_answers(tmp_path: Path) -> None:
    answers = [
        ("[acme]: ", "globex"),
        ("[help.globex.example]: ", ""),
        ("[@examply.com]: ", "globex.example"),
        ("[none]: ", ""),
    ]
    code, seen = in_a_terminal(tmp_path, ["init"], answers)
    assert code == 0, seen
    assert_golden(CASES / "init-questions.txt", seen)
    text = (tmp_path / "portal.yaml").read_text()
    assert "\nname: globex  #" in text
    assert "  identifier: globex\n" in text
    assert "  custom_domain: help.globex.example\n" in text
    assert '{attribute: person.email, ends_with: "@globex.example"}' in text
    assert Place(tmp_path).portal("validate").code == 0
    assert Place(tmp_path).portal("fmt", "--check").code == 0


def test_in_a_terminal_too_nothing_is_asked_where_that_was_wished(tmp_path: Path) -> None:
    code, seen = in_a_terminal(tmp_path, ["init", "--yes"], [])
    assert (code, files(tmp_path)) == (0, [".gitignore", "portal.schema.json", "portal.yaml"])
    assert "]: " not in seen
    code, seen = in_a_terminal(tmp_path, ["init"], [])
    assert code == 1, "a file that is there is told of before anything is asked"
    assert "file-exists" in seen


def test_whoever_leaves_a_question_leaves_no_file(tmp_path: Path) -> None:
    code, _ = in_a_terminal(tmp_path, ["init"], [("[acme]: ", "globex"), ("[help.globex.example]: ", "\x04")])
    assert code == 130
    assert files(tmp_path) == []


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    place = Place(tmp_path)
    (tmp_path / "portal.schema.json").write_text("mine")
    done = place.portal("init")
    assert (done.code, files(tmp_path)) == (1, ["portal.schema.json"])
    assert_golden(CASES / "refused-init.txt", done.err)
    kept = place.portal("init", "--keep")
    assert kept.code == 0
    assert_golden(CASES / "init-keep.txt", kept.err)
    assert (tmp_path / "portal.schema.json").read_text() == "mine"
    written = (tmp_path / "portal.yaml").read_text()
    (tmp_path / "portal.schema.json").unlink()
    assert place.portal("init").code == 0, "the same once more does no harm"
    assert (tmp_path / "portal.yaml").read_text() == written
    assert place.portal("init", "--domain", "help.globex.example").code == 1
    assert (tmp_path / "portal.yaml").read_text() == written


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--domain", "not a host"], 64, "`help_center.custom_domain` has to be"),
        (["--help-center", "Not An Identifier"], 64, "`help_center.identifier`"),
        (["--name", ""], 64, "`name` has to be"),
        (["--from", "http://workspace.acme.example"], 64, "workspace-url-insecure"),
        (["--from", "https://workspace.acme.example"], 7, "token-missing"),
        (["--from", "staging"], 1, "file-missing"),
        (["--from", "https://workspace.acme.example", "--emails", "@acme.example"], 64, "with --from"),
        (["-f", "portal.yaml/portal.yaml"], 1, "file-unwritable"),
    ],
)
def test_what_makes_no_sense_writes_nothing(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    if "-f" in arguments:
        (tmp_path / "portal.yaml").write_text("mine")
    before = files(tmp_path)
    done = Place(tmp_path).portal("init", *arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert files(tmp_path) == before


@pytest.mark.parametrize("value", ["no", "123", "1e3", "null-"])
def test_answers_that_yaml_would_take_for_something_else_stay_texts(tmp_path: Path, value: str) -> None:
    place = Place(tmp_path)
    done = place.portal("init", "--help-center", "acme", "--name", value)
    assert done.code == (64 if value.endswith("-") else 0)
    assert not done.code or "`name` has to be" in done.err
    assert done.code or place.portal("validate").code == 0


def test_from_a_workspace_that_is_served(served: Place) -> None:
    folder = served.folder
    (folder / "portal.yaml").unlink()
    done = served.portal("init", "--from", served.url, "--name", "ours", workspace=False)
    assert done.code == 0, done.err
    assert served.portal("validate", workspace=False).code == 0
    assert served.portal("fmt", "--check", workspace=False).code == 0
    assert served.portal("plan", "--detailed-exitcode").code == 0, "it says what is there"
    # The same by an environment of that file.
    variables = {"PORTAL_STAGING_WORKSPACE": served.url, "PORTAL_STAGING_TOKEN": served.environment["PORTAL_TOKEN"]}
    again = served.portal(
        "init", "--from", "staging", "-f", "again.yaml", "--name", "ours", workspace=False, **variables
    )
    assert again.code == 0, again.err
    assert (folder / "again.yaml").read_text() == (folder / "portal.yaml").read_text()

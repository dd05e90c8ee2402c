"""What help says: every verb has examples that can be run, and names what it exits with."""

from __future__ import annotations

import contextlib
import sqlite3
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from reconciler.cli import help as manual
from reconciler.cli.app import VERBS, portal
from reconciler.core.codes import CODES, advice
from reconciler.core.errors import EXIT_CODES
from tests.reconciler.cli.conftest import Place
from tests.support.golden import assert_golden

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parents[2] / "cases" / "cli"


def every_command(group: click.Group = portal, path: str = "portal") -> Iterator[tuple[str, click.Command]]:
    """Yield every verb, and the verbs below it, each with what it is called."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from every_command(command, f"{path} {name}")


COMMANDS = dict(every_command())


def parse(words: list[str]) -> None:
    """Read a command line without doing what it says.

    Raises:
        click.UsageError: It makes no sense.
    """
    command: click.Command | None = portal
    while isinstance(command, click.Group) and words[:1] not in (["--help"], ["--version"]):
        _, command, words = command.resolve_command(click.Context(command), words)
    assert command is not None
    with contextlib.suppress(click.exceptions.Exit):  # --help and --version end there
        # With the settings of the whole: what a verb calls its help is kept with the first of its contexts.
        command.make_context("portal", list(words), parent=click.Context(portal, None, None, **portal.context_settings))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_verb_has_a_manual(path: str) -> None:
    examples, exits, see = manual.sections(COMMANDS[path])
    assert examples
    for line, meaning in examples.items():
        assert line.startswith(path)
        assert len(line) < 78, "an example has to fit into a line of 80 columns"
        assert meaning.endswith((".", "?"))
        parse(manual.words(line))
    assert {0, 1, 64} <= set(exits) <= set(EXIT_CODES)
    assert {f"portal {one}" for one in see} <= set(COMMANDS) - {path}


@pytest.mark.parametrize("path", COMMANDS)
def test_help_fits_into_eighty_columns(path: str, tmp_path: Path) -> None:
    done = Place(tmp_path).portal(*path.split()[1:], "--help", COLUMNS="80")
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 80
    assert "\nExamples:\n" in done.out


def test_what_the_advice_about_codes_names_can_be_run() -> None:
    for code in CODES:
        for line in advice(code).see:
            parse(manual.words(line))


def test_every_verb_is_in_the_help() -> None:
    text = portal.get_help(click.Context(portal, info_name="portal"))
    assert all(f"\n  {verb} " in text for verb in VERBS)


@pytest.mark.parametrize(
    ("name", "code", "arguments"),
    [("help", 0, ["-h"]), ("help-of-a-verb", 0, ["apply", "-h"]), ("help-unasked", 64, [])],
)
def test_what_a_newcomer_reads(tmp_path: Path, name: str, code: int, arguments: list[str]) -> None:
    done = Place(tmp_path).portal(*arguments, COLUMNS="80")
    assert done.code == code
    assert_golden(CASES / f"{name}.txt", done.out or done.err)


def test_the_version_says_what_is_installed(tmp_path: Path) -> None:
    done = Place(tmp_path).portal("--version")
    assert done.code == 0
    version, python, sqlite, extras, place = done.out.splitlines()
    assert sqlite.startswith("SQLite 3.")
    assert ("one worker only" in sqlite) == (sqlite3.sqlite_version_info < (3, 51, 3))
    assert version.startswith("portal 0.")
    assert python.startswith("Python 3.")
    modules = {"serve": "granian", "verify": "jwt", "postgresql": "psycopg", "dask": "distributed"}
    there = {name: "yes" if find_spec(module) else "no" for name, module in modules.items()}
    assert extras == "extras: " + ", ".join(map(" ".join, there.items()))
    assert place.startswith("from /")

"""Completion as it happens: in real shells, asked what a press of the tab key would offer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.app import VERBS
from reconciler.core.codes import CODES
from tests.reconciler.cli.conftest import PORTAL, Place

if TYPE_CHECKING:
    from pathlib import Path

# What a press of the tab key does, without the terminal: the function that the script defines is called with the words
# of the line, the last one unfinished, and says what it found.
BASH = """
compopt() { echo "compopt $*"; }
source ./script
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_portal_completion portal
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = 'source ./script; complete --do-complete "$argv"'
ZSH = """
compdef() { : }
_describe() { print -l -- ${(P)3} }
compadd() { print -l -- ${(P)@[-1]} }
_path_files() { print file }
words=("$@") CURRENT=$#
source ./script
_portal_completion
"""


def offered(shell: str, folder: Path, line: str) -> list[str]:
    """Return what a shell offers at the end of a line."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    printed = Place(folder).portal("completion", shell)
    assert (printed.code, printed.err) == (0, "")
    (folder / "script").write_text(printed.out)
    words = line.split(" ")
    command = {
        "bash": [program, "--norc", "-c", BASH, "bash", *words],
        "zsh": [program, "-f", "-c", ZSH, "zsh", *words],
        "fish": [program, "--no-config", "-c", FISH, line],
    }[shell]
    environment = {**os.environ, "PATH": f"{PORTAL.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [one.partition("\t")[0].partition(":")[0] for one in done.stdout.splitlines() if one]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("portal pl", ["plan"]),
        ("portal plan -e ", ["production", "staging"]),
        ("portal apply --env st", ["staging"]),
        ("portal promote --to p", ["production"]),
        ("portal plan --format ma", ["markdown"]),
        ("portal explain guard", ["guard-exceeded"]),
        ("portal explain ada", ["ada@examply.com"]),
        ("portal verify --as ", ["ada@examply.com", "eve@elsewhere.example"]),
        ("portal token re", ["revoke"]),
        ("portal schema req", ["required-settings"]),
    ],
)
def test_a_press_of_the_tab_key(shell: str, line: str, expected: list[str], folder: Path) -> None:
    assert offered(shell, folder, line) == expected


def test_verbs_and_codes_are_all_there(folder: Path) -> None:
    assert offered("bash", folder, "portal ") == list(VERBS)
    assert set(CODES) < set(offered("bash", folder, "portal explain "))


@pytest.mark.parametrize("line", ["portal validate -f ", "portal fmt po", "portal apply pl", "portal publish x"])
def test_files_are_left_to_the_shell(folder: Path, line: str) -> None:
    assert offered("bash", folder, line) == ["compopt -o", "default"]


def test_an_environment_in_a_file_of_its_own_is_known(folder: Path) -> None:
    (folder / "portal.testing.yaml").write_text("workspace: https://workspace.testing.example\ntoken: ${T}\n")
    assert offered("bash", folder, "portal plan -e ") == ["production", "staging", "testing"]
    assert offered("bash", folder, "portal plan -f other.yaml -e ") == []
    (folder / "portal.yaml").write_text("a: [")
    assert offered("bash", folder, "portal plan -e ") == [], "a file that cannot be read has no words, and no complaint"


def test_all_environments_of_a_fleet_are_known(folder: Path) -> None:
    (folder / "portals").mkdir()
    (folder / "portals" / "two.yaml").write_text("environments: {east: {}}\n---\nenvironments: {west: {}, east: {}}\n")
    (folder / "portals" / "more.yaml").write_text("environments: {north: {}}\n")
    assert offered("bash", folder, "portal apply -f portals -e ") == ["east", "north", "west"]
    assert offered("bash", folder, "portal plan -f portals/two.yaml -f portal.yaml -e p") == ["production"]
    assert offered("bash", folder, "portal plan -f nowhere/*.yaml -e ") == []


def test_completing_verbs_imports_none(folder: Path) -> None:
    code = "import sys; from reconciler.cli import run; sys.argv[0] = 'portal'\ntry: run([])\nexcept SystemExit: pass\n"
    code += "assert not [one for one in sys.modules if one in ('yaml', 'reconciler.cli.commands.plan')]"
    environment = {**os.environ, "_PORTAL_COMPLETE": "bash_complete", "COMP_WORDS": "portal ", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "plain,plan\n" in done.stdout

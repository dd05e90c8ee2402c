"""What each verb loads to do its work, one data file a verb, so that nobody makes a start slower unseen.

Named are our own packages, the libraries, and the parts of the standard library that take long to load. Which
other parts of it these need differs between versions of Python and of the libraries.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.app import VERBS
from tests.support.golden import assert_golden
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reconciler.cli.conftest import Place

CASES = ROOT / "tests" / "cases" / "start"
OURS = {"reconciler", "workspace"}
IMPORTED_AS = {"pyyaml": "yaml", "pyjwt": "jwt"}
BEHIND_THEM = {"httpcore", "jinja2", "mako", "referencing", "rpds", "werkzeug"}
SLOW = {"asyncio", "concurrent", "difflib", "http", "multiprocessing", "sqlite3", "ssl", "unittest", "xml"}

CHILD = """
import sys
from reconciler.cli import run
code = run(sys.argv[1:])
print("\\n", "loaded", *sys.modules, file=sys.stderr)
sys.exit(code)
"""
CHILDREN = """
import os, sys
from reconciler.cli import VERBS, run
for verb in VERBS:
    if not (child := os.fork()):
        run([verb, "--help"])
        sys.stdout.flush()
        print("\\n", "loaded", *sys.modules, file=sys.stderr, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def libraries() -> set[str]:
    """Return what the libraries that the project names are imported as."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    names = (one.partition("[")[0].partition(">")[0].lower() for one in named)
    return {IMPORTED_AS.get(name, name.replace("-", "_")) for name in names} | BEHIND_THEM


def loaded(stderr: str) -> list[str]:
    """Return, for each process, what it said it had loaded, as the text of a data file."""
    said = [line.split()[1:] for line in stderr.splitlines() if line.startswith(" loaded ")]
    known = libraries()
    texts = []
    for names in said:
        tops = {name.partition(".")[0] for name in names}
        parts = {
            "our packages": sorted({".".join(name.split(".")[:2]) for name in names if name.partition(".")[0] in OURS}),
            "libraries": sorted(tops & known),
            "slow parts of the standard library": sorted(tops & SLOW),
        }
        texts.append("".join(f"{title}\n" + "".join(f"  {name}\n" for name in part) for title, part in parts.items()))
    return texts


def run(folder: Path, *arguments: str, **environment: str) -> str:
    """Run a command in a process of its own, and return what it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (text,) = loaded(done.stderr)
    return text


def test_help_of_a_verb_loads_what_describes_it_and_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CHILDREN], cwd=tmp_path, capture_output=True, text=True, check=True)
    texts = dict(zip(VERBS, loaded(done.stderr), strict=True))
    assert_golden(CASES / "help-of-verbs.txt", "".join(f"# {verb} --help\n{text}\n" for verb, text in texts.items()))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("version", ["--version"]),
        ("help", ["--help"]),
        ("validate", ["validate"]),
        ("fmt", ["fmt", "--check"]),
        ("schema", ["schema"]),
    ],
)
def test_what_asks_no_workspace(name: str, arguments: list[str], folder: Path) -> None:
    assert_golden(CASES / f"{name}.txt", run(folder, *arguments))


def test_what_asks_a_workspace(served: Place) -> None:
    """Where nothing is left to do: a plan on every pull request, and drift every hour."""
    assert served.portal("apply", "--yes", "--allow", "widens_access").code == 0
    asking = {
        "plan": ["plan"],
        "apply": ["apply", "--yes"],
        "drift": ["drift"],
        "history": ["history"],
        "preview": ["preview"],
        "explain": ["explain", "ada@examply.com"],
    }
    for name, arguments in asking.items():
        text = run(served.folder, *arguments, *served.arguments, **served.environment)
        assert_golden(CASES / f"{name}.txt", text)


def test_what_asks_the_embedded_workspace(embedded: Place) -> None:
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    assert_golden(CASES / "plan-embedded.txt", run(embedded.folder, "plan"))


NOT_FOR_A_PLAN = (
    *("sqlalchemy.dialects.postgresql", "workspace.web.pages", "workspace.web.public", "workspace.web.console"),
    *("workspace.upstream.intercom", "alembic", "jwt", "deepdiff"),
)


def test_an_embedded_plan_loads_no_pages_and_no_other_database(embedded: Place) -> None:
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    for arguments in (["plan"], ["plan", "--simulate"], ["drift"]):
        done = subprocess.run(
            [sys.executable, "-c", CHILD, *arguments], cwd=embedded.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        (names,) = [line.split()[1:] for line in done.stderr.splitlines() if line.startswith(" loaded ")]
        assert [one for one in NOT_FOR_A_PLAN if one in names] == [], arguments


def test_validating_a_file_that_is_for_no_vendor_loads_nothing_of_a_vendor(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "validate"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert "workspace.upstream" not in done.stderr
    assert "reconciler.target.screens" in done.stderr

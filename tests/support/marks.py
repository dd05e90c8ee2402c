"""Marks that select tests: slow ones follow from a test's needs, so that nobody has to remember a mark.

`make check` runs tests without any of them. A test that is slow for another reason is marked `slow` in place.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MARKS = {
    "law": "a property of the whole product, tried on generated applies",
    "process": "starts processes or servers of its own",
    "browser": "needs Chromium",
    "postgres": "needs PostgreSQL",
    "slow": "takes more than half a second for another reason, such as many generated examples",
}
_LAWS = {"laws"}
_PROCESSES = {"faults", "workflows", "simulation", "forges", "fleets", "fleet", "forge", "acceptance"}
_STARTERS = (
    "tests.support.faults",
    "benchmarks",
    "import subprocess",
    "multiprocessing",
    "serving(",
    "in_a_terminal(",
    "Popen",
    "LocalCluster",
)
_FIXTURES = {"served", "served_on_postgresql"}


def mark(item: pytest.Item) -> None:
    """Mark a test by its folder, its fixtures, and its module's imports."""
    folders = set(item.path.parts)
    given = getattr(getattr(item, "callspec", None), "params", {})
    # What a test is given by name is no fixture, whatever it is called; fixtures are given what they are made of.
    fixtures, parameters = set(getattr(item, "fixturenames", ())) - set(given), set(map(str, given.values()))
    if folders & _LAWS:
        item.add_marker("law")
    if folders & _PROCESSES or (fixtures | parameters) & _FIXTURES or _starts_processes(item.path):
        item.add_marker("process")
    if getattr(item.obj, "is_hypothesis_test", False):  # type: ignore[attr-defined]  # what stands behind a test
        item.add_marker("slow")
    if "browser" in fixtures:
        item.add_marker("browser")
    if {"postgresql", "served_on_postgresql"} & (fixtures | parameters):
        item.add_marker("postgres")


@cache
def _starts_processes(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return any(word in text for word in _STARTERS)

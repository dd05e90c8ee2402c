"""`--cache`: what was found is used again where nothing moved since, and nowhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.reconciler.fleet.test_plan import document
from tests.support.faults.proxy import Proxy
from tests.support.faults.stand import stand
from tests.support.fleet.fleets import portal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.reconciler.cli.conftest import Run
    from tests.support.faults.stand import Stand

FILES = {"one.yaml": portal("one", "acme"), "two.yaml": "version: 1\nname: two\nhelp_center: {identifier: acme}\n"}


class Asking:
    """A workspace that is as a fleet wants it, and what is asked of it."""

    def __init__(self, stand: Stand, proxy: Proxy) -> None:
        self.stand, self.folder, self._proxy = stand, stand.folder, proxy

    def asks(self, *arguments: str) -> tuple[Run, list[int]]:
        """Plan the fleet, and return what came of it with the statuses of what was asked."""
        before = len(self._proxy.passed)
        given = ("plan", "-f", "portals", "--cache", "seen.json", "--format", "json", *arguments)
        run = self.stand.portal(*given, url=self._proxy.url)
        return run, [one.status for one in self._proxy.passed[before:]]

    def write(self, name: str, text: str) -> None:
        (self.folder / "portals").mkdir(exist_ok=True)
        (self.folder / "portals" / name).write_text(text)


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    with stand(tmp_path) as workspaces, Proxy(workspaces.url) as proxy:
        here = Asking(workspaces, proxy)
        for name, text in FILES.items():
            here.write(name, text)
        assert workspaces.portal("apply", "-f", "portals", "--yes").code == 0
        yield here


def timeless(run: Run) -> dict[str, Any]:
    return {name: value for name, value in document(run).items() if name != "created_at"}


def test_where_nothing_moved_nothing_is_looked_at_again(asking: Asking) -> None:
    first, asked = asking.asks()
    assert (first.code, asked) == (0, [200])
    again, asked = asking.asks()
    assert asked == [304]
    assert timeless(again) == timeless(first)
    assert asking.asks()[1] == [304]


def test_what_moved_is_noticed(asking: Asking) -> None:
    asking.asks()
    changed = {"mode": "everyone", "rule": None}
    tag = asking.stand.http.get("help_centers/acme/audience").headers["ETag"]
    asking.stand.http.patch("help_centers/acme/audience", json=changed, headers={"If-Match": tag}).raise_for_status()
    run, asked = asking.asks()
    assert document(run)["totals"]["outcomes"] == {"changes": 1, "no_changes": 1}
    assert asked[0] == 200
    # What is not as it should be is looked at every time.
    assert asking.asks()[1][0] == 200


@pytest.mark.parametrize("added", ["# only a remark\n", "guards: {allow_everyone: false}\n"])
def test_a_file_that_changed_is_read_again(asking: Asking, added: str) -> None:
    asking.asks()
    asking.write("two.yaml", FILES["two.yaml"] + added)
    run, asked = asking.asks()
    assert (run.code, asked) == (0, [200])
    asking.write("two.yaml", "version: 1\n")
    assert document(asking.asks()[0])["totals"]["outcomes"]["failed"] == 1


def test_contradictions_are_seen_in_what_is_remembered(asking: Asking) -> None:
    asking.asks()
    asking.write("three.yaml", portal("three", "acme").replace("is: beta", "is: vip"))
    failed = [one["name"] for one in document(asking.asks()[0])["portals"] if one["outcome"] == "failed"]
    assert failed == ["one", "three"]


def test_people_are_asked_about_every_time(asking: Asking) -> None:
    expected = "expectations: [{person: ada@examply.com, cannot: [open_portal]}]\n"
    asking.write("one.yaml", FILES["one.yaml"] + expected)
    asking.stand.portal("apply", "-f", "portals", "--yes")
    asking.asks()
    assert asking.asks()[1] == [200, 200]


def test_another_question_is_another_memory(asking: Asking) -> None:
    asking.asks()
    assert asking.asks("--allow", "widens_access")[1] == [200]


def test_a_file_of_somebody_else_is_left_alone(asking: Asking) -> None:
    path = asking.folder / "seen.json"
    path.write_text("version: 1\n")
    run, asked = asking.asks()
    assert (run.code, asked) == (1, [])
    assert document(run)["diagnostics"][0]["code"] == "memory-unusable"
    assert path.read_text() == "version: 1\n"


def test_what_another_version_remembers_is_worth_nothing(asking: Asking) -> None:
    asking.asks()
    path = asking.folder / "seen.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "version": "0.0.1"}))
    assert asking.asks()[1] == [200]
    assert asking.asks()[1] == [304]

"""`--cache`: what was found is used again where nothing moved since, and nowhere else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.fleet.cache import Cache
from reconciler.fleet.load import survey
from reconciler.fleet.model import Choice, Site
from reconciler.fleet.planning import Query
from tests.reconciler.fleet.test_plan import document
from tests.support.faults.child import Child
from tests.support.faults.proxy import Proxy
from tests.support.faults.stand import stand
from tests.support.fleet.fleets import portal
from tests.support.sample import TOKEN

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
        self.url = proxy.url

    def asks(self, *arguments: str) -> tuple[Run, list[int]]:
        """Plan the fleet, and return what came of it with the statuses of what was asked."""
        before = len(self._proxy.passed)
        given = ("plan", "-f", "portals", "--cache", "seen.json", "--format", "json", *arguments)
        run = self.stand.portal(*given, url=self._proxy.url)
        return run, [one.status for one in self._proxy.passed[before:]]

    def close(self) -> None:
        """Answer nobody any more."""
        self._proxy.__exit__()

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
    head, members = path.read_text().split("\n")
    path.write_text("\n".join((json.dumps({**json.loads(head), "version": "0.0.1"}), members)))
    assert asking.asks()[1] == [200]
    assert asking.asks()[1] == [304]


def test_a_whole_fleet_is_known_by_all_of_its_files(asking: Asking) -> None:
    asking.asks()
    path = asking.folder / "seen.json"
    before = path.stat().st_mtime_ns
    assert asking.asks()[1] == [304]
    assert path.stat().st_mtime_ns == before
    # What is added or taken away is noticed as what is written is.
    asking.write("three.yaml", FILES["two.yaml"].replace("two", "three"))
    assert document(asking.asks()[0])["totals"]["portals"] == 3
    for name in ("two.yaml", "three.yaml"):
        (asking.folder / "portals" / name).unlink()
    assert [one["name"] for one in document(asking.asks()[0])["portals"]] == ["one"]
    assert asking.asks()[1] == [304]


def test_what_the_fleet_does_not_need_is_not_read(asking: Asking) -> None:
    first, _ = asking.asks()
    path = asking.folder / "seen.json"
    head, _ = path.read_text().split("\n")
    path.write_text(f"{head}\n{{")
    assert timeless(asking.asks()[0]) == timeless(first)
    asking.write("two.yaml", FILES["two.yaml"] + "# only a remark\n")
    run, asked = asking.asks()
    assert (run.code, asked) == (1, [])
    assert document(run)["diagnostics"][0]["code"] == "memory-unusable"


def test_each_part_of_a_fleet_is_known_by_itself(asking: Asking) -> None:
    asking.asks("--shard", "1/2")
    assert document(asking.asks("--shard", "2/2")[0])["totals"]["portals"] == 0
    assert document(asking.asks("--shard", "1/2")[0])["totals"]["portals"] == 2


def test_whoever_may_not_ask_is_told_so(asking: Asking) -> None:
    asking.asks()
    given = ("plan", "-f", "portals", "--cache", "seen.json", "--format", "json")
    run = asking.stand.portal(*given, url=asking.url, PORTAL_TOKEN="no-token-of-anybody-0123456789")
    assert (run.code, document(run)["totals"]["outcomes"]) == (7, {"failed": 2})


def test_a_silent_workspace_is_reported_as_without_a_cache(asking: Asking) -> None:
    asking.asks()
    given = ("plan", "-f", "portals", "--cache", "seen.json", "--format", "json")
    asking.close()
    run = asking.stand.portal(*given, url=asking.url, PORTAL_PATIENCE="0")
    assert (run.code, document(run)["totals"]["outcomes"]) == (1, {"failed": 2})


def test_an_address_from_a_variable_is_looked_up_each_time(asking: Asking) -> None:
    environments = "environments: {staging: {workspace: '${WHERE}', token: '${PORTAL_TOKEN}'}}\n"
    for name, text in FILES.items():
        asking.write(name, text + environments)
    given = ("plan", "-f", "portals", "-e", "staging", "--cache", "seen.json", "--format", "json")

    def plan(where: str) -> Run:
        return Child(asking.folder, list(given), {"PORTAL_TOKEN": TOKEN, "WHERE": where}).wait()

    assert plan(asking.url).code == 0
    with Proxy(asking.stand.url) as other:
        assert plan(other.url).code == 0
        assert [one.status for one in other.passed] == [200]
        assert plan(other.url).code == 0
        assert [one.status for one in other.passed] == [200, 304]


def test_tomorrow_is_another_question(tmp_path: Path) -> None:
    choice, path = Choice(None, Site(None)), tmp_path / "one.yaml"
    path.write_text(FILES["one.yaml"])
    read, known = survey.read([str(path)], choice), Cache(choice, "seen.json")
    today = datetime(2026, 11, 30, 12, tzinfo=UTC)
    days = [Query("plan", today + timedelta(hours=hours)) for hours in (0, 6, 12)]
    noon, evening, night = (known.key(read, day, None) for day in days)
    assert noon == evening != night

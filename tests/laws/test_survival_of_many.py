"""Law 4 for what works on more than one configuration or workspace: a fleet and a promotion, killed at their writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.laws.test_survival import TTL, Held, changed, people, writes
from tests.support.examples import TIMES
from tests.support.faults.child import Child, Ended
from tests.support.faults.proxy import Moment, Proxy
from tests.support.faults.stand import ALLOW, CLOSED, HOLDER, OPEN, Stand, stand
from tests.support.sample import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


MANNER = ("--yes", "--format", "json", "--lock-ttl", str(TTL), *ALLOW)
FLEET = ("apply", "-f", "fleet", *MANNER)
FIRST, SECOND = "first", "second"
SECONDS_PARTS = ("messenger", "homepage")
GUARDS = {"max_access_gained": "100%", "max_access_lost": "100%"}
MOMENTS = (Moment.BEFORE, Moment.DONE)


@dataclass(frozen=True)
class Way:
    """From one state to another, as it goes where nobody disturbs it."""

    after: list[dict[str, Any]]
    inside: frozenset[str]
    writes: int
    changed: list[tuple[str, str]]


class Many:
    """What is killed and run again: a command that works on one workspace under several names, through a proxy."""

    def __init__(self, place: Stand, names: tuple[str, ...], begin: Callable[[str], Child]) -> None:
        self.place, self.names, self.begin = place, names, begin
        self.everybody = people(place)

    def settings(self) -> list[dict[str, Any]]:
        return [self.place.settings(name) for name in self.names]

    def inside(self) -> frozenset[str]:
        return self.place.inside(self.everybody)

    def undisturbed(self) -> Way:
        """Run it without any accident."""
        revision = self.place.configuration(self.names[0])["revision"]
        with Proxy(self.place.url) as proxy:
            ended = self.begin(proxy.url).wait()
            assert ended.code == 0, ended
            count = sum(writes(one.request) for one in proxy.passed)
        return Way(self.settings(), self.inside(), count, changed(self.place, revision))

    def survives(self, way: Way, number: int, moment: Moment) -> Ended:
        """Kill it at one of its writes, look around, and run it again."""
        said = f"killed at write {number}, {moment}"
        revision, before = self.place.configuration(self.names[0])["revision"], self.inside()
        held = Held(number, moment)
        with Proxy(self.place.url, look=held.look) as proxy:
            child = self.begin(proxy.url)
            try:
                assert held.reached.wait(60), said
            finally:
                child.kill()
                held.over.set()
        assert self.inside() <= before | way.inside, said
        self.place.clock.put_forward(TTL)
        again = self.begin(self.place.url).wait()
        assert again.code == 0, (said, again)
        assert self.settings() == way.after, said
        assert changed(self.place, revision) == way.changed, said
        for name in self.names:
            settings = self.place.configuration(name)
            assert (settings["lease"], settings["unfinished"]) == (None, None), said
        return again


def split(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Return two configurations that together say what one says."""
    first = {key: value for key, value in values.items() if key not in SECONDS_PARTS}
    second = {key: values[key] for key in ("version", "help_center", *SECONDS_PARTS)}
    # The second names nothing that the first names, too.
    second |= {"help_center": {"identifier": "acme"}, "messenger": {"spaces": values["messenger"]["spaces"]}}
    first["messenger"] = {"identity": values["messenger"]["identity"]}
    return [{**first, "name": FIRST}, {**second, "name": SECOND, "guards": GUARDS}]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Stand]:
    (tmp_path / "fleet").mkdir()
    with stand(tmp_path) as workspaces:
        yield workspaces


def test_law_4_killed_at_any_write_a_fleet_is_finished_by_the_next(fleet: Stand) -> None:
    def put(values: dict[str, Any]) -> None:
        for one in split(values):
            fleet.write(one, f"fleet/{one['name']}.yaml")

    put(CLOSED)
    assert fleet.portal(*FLEET).code == 0
    many = Many(fleet, (FIRST, SECOND), lambda url: fleet.start(*FLEET, url=url))
    ways = {}
    for opens in (True, False):
        put(OPEN if opens else CLOSED)
        ways[opens] = many.undisturbed()
    assert ways[True].inside
    assert not ways[False].inside
    # Leases, receipts and records of both are among the writes.
    assert min(way.writes for way in ways.values()) > 10
    for number in range(1, max(way.writes for way in ways.values()) + 1):
        opens = number % 2 == 1
        put(OPEN if opens else CLOSED)
        if number <= ways[opens].writes:
            again = many.survives(ways[opens], number, MOMENTS[number // 2 % 2])
            assert json.loads(again.out)["exit_code"] == 0
        else:
            assert fleet.portal(*FLEET).code == 0


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Stand, Stand]]:
    """Give a staging and a production."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    with stand(tmp_path / "one") as staging, stand(tmp_path / "other") as production:
        yield staging, production


def test_law_4_killed_at_a_write_a_promotion_is_finished_by_the_next(two: tuple[Stand, Stand]) -> None:
    staging, production = two

    def start(*arguments: str, values: dict[str, Any], url: str = production.url) -> Child:
        environments = {
            "staging": {"workspace": staging.url, "token": "${TOKEN}"},
            "production": {"workspace": url, "token": "${TOKEN}", "promote_from": "staging"},
        }
        staging.write({**values, "environments": environments})
        return Child(staging.folder, list(arguments), {"TOKEN": TOKEN, "GITHUB_ACTOR": HOLDER})

    def done(*arguments: str, values: dict[str, Any]) -> None:
        ended = start(*arguments, values=values).wait()
        assert ended.code == 0, ended

    proven = {**OPEN, "expectations": [{"person": "ada@examply.com", "can": ["open_portal"]}]}
    done("apply", "-e", "staging", *MANNER, values=proven)
    done("verify", "-e", "staging", "--evaluate-only", values=proven)
    reset = ("apply", "-e", "production", *MANNER)
    done(*reset, values=CLOSED)
    promote = ("promote", "--to", "production", *MANNER)
    many = Many(production, (OPEN["name"],), lambda url: start(*promote, values=proven, url=url))
    way = many.undisturbed()
    assert way.inside
    for number in range(1, way.writes + 1, 4 if TIMES == 1 else 1):
        done(*reset, values=CLOSED)
        assert not many.inside()
        many.survives(way, number, MOMENTS[number // 2 % 2])
        # What was promoted is told as that.
        record = production.configuration(OPEN["name"])["record"]
        assert record["base"] == staging.configuration(OPEN["name"])["record"]["base"]

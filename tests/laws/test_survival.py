"""Law 4: an apply that is killed at any moment leaves nothing behind that the next one does not put in order."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.examples import TIMES
from tests.support.faults.proxy import Dropped, Moment, Proxy, Request
from tests.support.faults.stand import ALLOW, CLOSED, HOLDER, NAME, OPEN, Stand, stand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.faults.child import Child

TTL = 60
APPLY = ("apply", "--yes", "--format", "json", "--lock-ttl", str(TTL), *ALLOW)


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("stand")) as workspaces:
        yield workspaces


def writes(request: Request) -> bool:
    return request.method != "GET" and "/access/" not in request.path


@dataclass
class Held:
    """Holds the n-th request that writes at one moment, until it is let go of."""

    number: int
    moment: Moment
    reached: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    seen: int = 0

    def look(self, moment: Moment, request: Request) -> None:
        if self.over.is_set():
            raise Dropped
        if not writes(request):
            return
        self.seen += moment is Moment.BEFORE
        if (self.seen, moment) == (self.number, self.moment):
            self.reached.set()
            assert self.over.wait(60)
            raise Dropped


@dataclass(frozen=True)
class Way:
    """From one configuration to another, as an apply goes that nobody disturbs."""

    before: dict[str, Any]
    after: dict[str, Any]
    inside_before: frozenset[str]
    inside_after: frozenset[str]
    writes: int
    changed: list[tuple[str, str]]


def changed(place: Stand, revision: int) -> list[tuple[str, str]]:
    """Return what the log says was changed after a revision, each change with its values."""
    entries = []
    for entry in place.entries(revision):
        # When a draft was saved is another moment each time.
        changes = {name: change for name, change in entry["changes"].items() if name != "draft_edited"}
        entries.append((entry["resource"], json.dumps(changes, sort_keys=True)))
    return sorted(entries)


def people(place: Stand) -> list[str]:
    body = {"audience": {"mode": "everyone", "rule": None}, "page": 1, "per_page": 150}
    answer = place.http.post("help_centers/acme/access/preview", json=body).raise_for_status().json()
    entries = [one["id"] for one in answer["people"]]
    assert len(entries) == answer["count"] > 50
    return entries


def undisturbed(place: Stand, everybody: list[str]) -> Way:
    """Apply what the file says without any accident."""
    before = place.settings(NAME), place.inside(everybody), place.configuration(NAME)["revision"]
    with Proxy(place.url) as proxy:
        assert place.portal(*APPLY, url=proxy.url).code == 0
        count = sum(writes(one.request) for one in proxy.passed)
    return Way(before[0], place.settings(NAME), before[1], place.inside(everybody), count, changed(place, before[2]))


def killed(place: Stand, number: int, moment: Moment) -> None:
    """Begin an apply, and kill it when its n-th write is at a moment."""
    held = Held(number, moment)
    with Proxy(place.url, look=held.look) as proxy:
        child: Child = place.start(*APPLY, url=proxy.url)
        try:
            assert held.reached.wait(60)
        finally:
            child.kill()
            held.over.set()


def test_law_4_killed_at_any_write_an_apply_is_finished_by_the_next(place: Stand) -> None:
    place.write(CLOSED)
    assert place.portal(*APPLY).code == 0
    everybody = people(place)
    ways = {}
    for opens, file in ((True, OPEN), (False, CLOSED)):
        place.write(file)
        ways[opens] = undisturbed(place, everybody)
    assert ways[True].inside_before == ways[False].inside_after == frozenset()
    assert ways[True].inside_after == ways[False].inside_before != frozenset()

    left = {opens: list(boundaries(ways[opens].writes)) for opens in ways}
    opens = True
    while any(left.values()):
        place.write(OPEN if opens else CLOSED)
        if left[opens]:
            survives(place, ways[opens], everybody, *left[opens].pop())
        else:
            assert place.portal(*APPLY).code == 0
        opens = not opens


def boundaries(count: int) -> Iterator[tuple[int, Moment]]:
    """Yield every moment at which to kill: all that differ for the workspace, and by night those, too, that do not.

    What the workspace has of a write that was done is what it has before the next one, whatever the process knows.
    """
    for number in range(1, count + 1):
        if number == 1 or TIMES > 1:
            yield number, Moment.BEFORE
        yield number, Moment.DONE
        if TIMES > 1 or number % 6 == 1:
            yield number, Moment.ANSWERED


def survives(place: Stand, way: Way, everybody: list[str], number: int, moment: Moment) -> None:
    """Kill an apply at one moment, look around, and apply again."""
    said = f"killed at write {number}, {moment}"
    assert place.settings(NAME) == way.before, said
    revision = place.configuration(NAME)["revision"]
    killed(place, number, moment)
    settings = place.configuration(NAME)
    assert place.inside(everybody) <= way.inside_before | way.inside_after, said

    if settings["lease"] is not None:
        if number % 3 == 0:
            refused_while_locked(place)
        place.clock.put_forward(TTL)
        assert place.configuration(NAME)["lease"] is None, said

    again = place.portal(*APPLY)
    assert again.code == 0, (said, again.err)
    told = [one["summary"] for one in json.loads(again.out)["diagnostics"] if one["code"] == "apply-unfinished"]
    assert [one.partition(",")[0] for one in told] == (
        [settings["unfinished"]["id"]] if settings["unfinished"] else []
    ), said
    assert place.settings(NAME) == way.after, said
    assert changed(place, revision) == way.changed, said
    after = place.configuration(NAME)
    assert (after["lease"], after["unfinished"]) == (None, None), said


def refused_while_locked(place: Stand) -> None:
    """The lock of the one that was killed still holds: nobody else gets in, and they are told who has it."""
    before = place.settings(NAME)
    refused = place.portal(*APPLY)
    document = json.loads(refused.out)
    assert place.settings(NAME) == before
    if document["plan"]["outcome"] == "no_changes":
        # Whoever was killed had done everything, but perhaps not recorded it.
        assert refused.code in (0, 6)
        return
    assert refused.code == 6, refused.err
    (problem,) = document["diagnostics"]
    assert problem["code"] == "locked"
    assert HOLDER in problem["summary"]

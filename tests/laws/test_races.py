"""Law 5: of two applies at once one wins; the other is refused with who, when and what; and no write is lost."""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.examples import TIMES
from tests.support.faults.proxy import Moment, Proxy, Request
from tests.support.faults.stand import ALLOW, HOLDER, OPEN, Stand, stand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.faults.child import Ended

ROUNDS = 6 * TIMES
BETA = {"attribute": "person.tag", "is": "beta"}
AUDIENCES = ({"attribute": "person.email", "contains": "ada"}, {"attribute": "person.tag", "is": "vip"})
APPLY = ("apply", "--yes", "--format", "json", *ALLOW)
CENTRE = {"identifier": "acme"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("stand")) as workspaces:
        yield workspaces


def race(place: Stand, *, together: bool) -> list[Ended]:
    """Run two applies that have both planned before either takes its lock.

    Args:
        place: Where; the files are `first.yaml` and `second.yaml`.
        together: Whether both go on at the same moment; else the second waits for the end of the first.
    """
    both = threading.Barrier(2)
    first_is_over = threading.Event()

    def look(number: int) -> Any:
        def hold(moment: Moment, request: Request) -> None:
            if moment is Moment.BEFORE and request.path.count("/leases/") and not request.path.endswith("release"):
                both.wait(60)
                if number and not together:
                    assert first_is_over.wait(60)

        return hold

    with Proxy(place.url, look=look(0)) as one, Proxy(place.url, look=look(1)) as other:
        files = ("first.yaml", "second.yaml")
        running = [
            place.start(*APPLY, "-f", file, url=proxy.url, GITHUB_ACTOR=f"{HOLDER}-{file}")
            for file, proxy in zip(files, (one, other), strict=True)
        ]
        ended = [running[0].wait()]
        first_is_over.set()
        return [*ended, running[1].wait()]


def told(run: Ended) -> list[dict[str, Any]]:
    contents: list[dict[str, Any]] = json.loads(run.out)["diagnostics"]
    return [one for one in contents if one["severity"] == "error"]


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_applies_of_one_configuration(place: Stand, number: int) -> None:
    together = number % 3 != 2
    place.write({**OPEN, "audience": BETA})
    assert place.portal(*APPLY).code == 0
    for file, audience in zip(("first.yaml", "second.yaml"), AUDIENCES, strict=True):
        place.write({**OPEN, "audience": audience}, file)
    revision = place.configuration(OPEN["name"])["revision"]
    runs = race(place, together=together)

    codes = [one.code for one in runs]
    assert sorted(codes) in ([0, 6], [0, 4]) if together else codes == [0, 4]
    winner = codes.index(0)
    (problem,) = told(runs[1 - winner])
    if codes[1 - winner] == 6:
        assert problem["code"] == "locked"
        # Who, and what for.
        assert f"{HOLDER}-{('first', 'second')[winner]}.yaml@" in problem["summary"]
        assert f"{('first', 'second')[winner]}.yaml" in problem["summary"]
    else:
        assert problem["code"] in ("applied-meanwhile", "stale-plan")
        assert "ci" in problem["summary"]
    assert "T" in problem["summary"], "it does not say when"
    assert problem["remedy"]

    # What the winner wrote is there, and nothing else was written.
    settings = place.configuration(OPEN["name"])
    assert settings["audience"]["values"]["rule"]["value"] == ("ada", "vip")[winner]
    assert [one["resource"] for one in place.entries(revision)] == ["audience/acme"]
    assert settings["lease"] is None


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_configurations_of_one_help_center(place: Stand, number: int) -> None:
    together = number % 3 != 2
    base = {"version": 1, "name": "one", "help_center": CENTRE, "audience": BETA}
    place.write({**base, "messenger": {"spaces": {"tickets": False}}}, "first.yaml")
    place.write({**base, "name": "other", "portal": {"ticket_visibility": "own"}}, "second.yaml")
    for file in ("first.yaml", "second.yaml"):
        assert place.portal(*APPLY, "-f", file).code == 0
    base |= {"audience": AUDIENCES[0]}
    place.write({**base, "messenger": {"spaces": {"tickets": True}}}, "first.yaml")
    base |= {"name": "other", "audience": AUDIENCES[1]}
    place.write({**base, "portal": {"ticket_visibility": "company"}}, "second.yaml")
    revision = place.configuration("one")["revision"]
    runs = race(place, together=together)

    codes = [one.code for one in runs]
    assert 0 in codes
    winner = codes.index(0)
    assert codes[1 - winner] in (4, 5)
    problem = told(runs[1 - winner])[0]
    assert problem["code"] == "stale-plan"
    assert re.search(r"ci( \(.*\))? changed", problem["summary"])
    # Whatever the winner changed first: the loser's write was decided on both.
    assert re.search("(audience|ticket_visibility)/acme", problem["summary"])

    # Every change that is told as made was made once, and none that is not.
    made = [one["address"] for run in runs for one in json.loads(run.out)["changes"] if one["outcome"] == "applied"]
    assert sorted(one["resource"] for one in place.entries(revision)) == sorted(made)
    settings = place.configuration("one")
    assert settings["audience"]["values"]["rule"]["value"] == ("ada", "vip")[winner]
    assert settings["messenger_spaces"]["values"]["tickets"] is ("messenger_spaces" in made)
    assert settings["ticket_visibility"]["values"]["restricted"] is ("ticket_visibility/acme" not in made)

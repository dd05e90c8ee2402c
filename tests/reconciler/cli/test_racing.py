"""Several applies at once against servers that share a database: no write is lost, nobody is told a lie."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.faults.child import Child
from tests.support.faults.stand import ALLOW, OPEN

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place

AT_ONCE = 4
ROUNDS = 3


@pytest.mark.parametrize("fixture", ["served", "served_on_postgresql"])
def test_no_write_is_lost(request: pytest.FixtureRequest, fixture: str) -> None:
    place: Place = request.getfixturevalue(fixture)
    apply = ("apply", "--yes", "--format", "json", *ALLOW, *place.arguments)
    for number in range(ROUNDS):
        (place.folder / "base.yaml").write_text(json.dumps(OPEN), encoding="utf-8")
        assert start(place, apply, "base.yaml").wait().code == 0
        before = revision(place)
        children = []
        for one in range(AT_ONCE):
            rule = {"attribute": "person.email", "contains": f"round-{number}-{one}"}
            (place.folder / f"{one}.yaml").write_text(json.dumps({**OPEN, "audience": rule}), encoding="utf-8")
            children.append(start(place, apply, f"{one}.yaml"))
        ended = [child.wait() for child in children]
        winners = [f"round-{number}-{one}" for one, run in enumerate(ended) if run.code == 0]
        assert {run.code for run in ended} <= {0, 4, 6}
        assert winners

        # The log is a chain: each change begins with what the one before it left, and each winner is in it once.
        entries = entries_of(place, before)[::-1]
        assert sorted(one["after"]["value"] for one in entries) == sorted(winners)
        for earlier, later in pairwise(entries):
            assert later["before"] == earlier["after"]
        live = configuration(place)
        assert live["audience"]["values"]["rule"] == entries[-1]["after"]
        assert (live["lease"], live["unfinished"]) == (None, None)


def start(place: Place, apply: tuple[str, ...], file: str) -> Child:
    return Child(place.folder, [*apply, "-f", file], place.environment)


def configuration(place: Place) -> dict[str, Any]:
    with place.somebody_else() as client:
        by_name: dict[str, Any] = (
            client.get("help_centers/acme/configuration", params={"record": OPEN["name"]}).raise_for_status().json()
        )
    return by_name


def revision(place: Place) -> int:
    return int(configuration(place)["revision"])


def entries_of(place: Place, after: int) -> list[dict[str, Any]]:
    """Return what became of the audience's rule after a revision, newest first."""
    with place.somebody_else() as client:
        asked = {"resource": "audience/acme", "after_revision": str(after)}
        entries = client.get("activity", params=asked).raise_for_status().json()["data"]
    return [one["changes"]["rule"] for one in entries]

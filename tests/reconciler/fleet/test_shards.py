"""Parts of a fleet for jobs that know nothing of each other: together they are the whole, and no two do the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.config.environments.files import Files
from reconciler.fleet import model as fleet
from reconciler.fleet.load import conflicts as fleet_conflicts
from reconciler.fleet.load import sharding as fleet_shards
from reconciler.fleet.load.survey import member
from reconciler.fleet.model import Choice, Member, Refused, Site
from tests.support.examples import examples

# For each member its workspace and what it says of the identity of that: two that differ contradict each other.
fleets = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["jwt", "hmac", "", "", ""])), max_size=40)


def configured(number: int, workspace: int, identity: str) -> Member:
    """Return a member of a workspace, with a Help Center to itself."""
    said = f"messenger: {{identity: {identity}}}\n" if identity else ""
    text = f"version: 1\nname: portal-{number}\nhelp_center: {{identifier: hc-{number}}}\n{said}"
    name = f"{number:03}.yaml"
    parsed = member(Files(name, {name: text.encode()}, {}), Choice(None, Site(f"http://127.0.0.1:{workspace + 1}")))
    assert isinstance(parsed, Member)
    return parsed


def parted(members: list[Member], number: int, of: int, most: int) -> tuple[Any, Any, Any]:
    """Return what one job has to do, as it works that out from all of the files, and the sizes of all batches."""
    contradictory = fleet_conflicts.refused(members)
    out = {one.place for one in contradictory}
    batches = fleet.batches([one for one in members if one.place not in out], most)
    return (*fleet_shards.part(batches, contradictory, number, of), [len(one.members) for one in batches])


@examples(36)
@given(fleets, st.integers(1, 9), st.integers(1, 5))
def test_parts_are_the_whole_and_nothing_twice(told: list[tuple[int, str]], of: int, most: int) -> None:
    members = [configured(number, *one) for number, one in enumerate(told)]
    parts = [parted(members, number, of, most) for number in range(1, of + 1)]
    everybody = [one.place for batches, _, _ in parts for batch in batches for one in batch.members]
    everybody += [one.place for _, refused, _ in parts for one in refused]
    assert sorted(everybody, key=lambda one: one.file) == [one.place for one in members]
    # No job has more than another by more than one batch.
    loads = [sum(len(batch.members) for batch in batches) for batches, _, _ in parts]
    assert max(loads) - min(loads) <= max(parts[0][2], default=0)
    # Whatever contradicts something is refused by exactly one job, wherever the other side of it stands.
    contradicting = {
        one.place
        for number, one in enumerate(members)
        if told[number][1]
        and any(other == told[number][0] and said not in ("", told[number][1]) for other, said in told)
    }
    refused: list[Refused] = [one for _, refusals, _ in parts for one in refusals]
    assert {one.place for one in refused} == contradicting
    assert {one.diagnostics[0].code for one in refused} <= {"fleet-conflict"}

"""The laws of an apply, for the members of a workspace together: none opens a portal of another too early."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.apply import lock as leases
from reconciler.apply.lock import LockRequest
from reconciler.apply.run import ApplyOptions
from reconciler.fleet import apply as fleet_apply
from reconciler.fleet import model as fleet
from reconciler.fleet import planned as fleet_planned
from reconciler.fleet import planning as fleet_work
from reconciler.fleet.load import survey as fleet_survey
from reconciler.fleet.model import Choice, Member, Site
from reconciler.fleet.planned import Planned
from reconciler.plan.checks.guards import ALLOWABLE
from tests.reconciler.cli.conftest import Place
from tests.support.examples import examples
from tests.support.fleet.fleets import place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from reconciler.fleet.document import Outcome

CENTRES = ("hub", "eu", "us", "jp")
LEVELS = {"nobody": 0, "beta": 1, "everyone": 2}
"""How many people an audience lets in: each lets in whom the one before it lets in."""
RULES = {"nobody": "nobody", "everyone": "everyone", "beta": {"attribute": "person.tag", "is": "beta"}}
Fleet = dict[str, dict[str, Any]]


@st.composite
def fleets(draw: st.DrawFn, owners: st.SearchStrategy[tuple[str, ...]], *, met: bool = False) -> Fleet:
    """Generate a configuration for each Help Center, of which some say what holds for the whole workspace."""
    by_name = {one: _centre(one, draw(st.booleans()), draw(st.sampled_from(sorted(RULES)))) for one in CENTRES}
    identity = "jwt" if met else draw(st.sampled_from(("jwt", "off")))
    protected = met or draw(st.booleans())
    first = draw(owners)
    second = first if met else draw(owners)
    for one in first:
        by_name[one]["messenger"] = {"identity": identity}
    for one in second:
        by_name[one]["data_attributes"] = {"contact": {"companies": {"messenger_writable": not protected}}}
    names = draw(st.permutations(range(len(CENTRES))))
    return {f"{name}.yaml": values for name, values in zip(names, by_name.values(), strict=True)}


def _centre(name: str, enabled: bool, audience: str) -> dict[str, Any]:
    centre = {"identifier": name, "live": True, "custom_domain": f"{name}.acme.example", "https": True}
    return {
        "version": 1,
        "name": name,
        "help_center": {**centre, "cookie_forwarding": True},
        "portal": {"enabled": enabled},
        "audience": RULES[audience],
        "guards": {"allow_everyone": True},
    }


ONE = st.sampled_from(CENTRES).map(lambda one: (one,))
SOME = st.lists(st.sampled_from(CENTRES), min_size=1, max_size=2, unique=True).map(tuple)


@dataclass
class Looking:
    """Asked whether to stop before every change, it never says so, but looks how things stand."""

    look: Callable[[], None]
    exit_code: int = 0

    def __call__(self) -> bool:
        self.look()
        return False


class Scene:
    """An embedded workspace with several Help Centers, in the working directory."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def levels(self) -> dict[str, int]:
        """Return whom each portal lets in now."""
        by_name = {}
        for one in CENTRES:
            body = self._client.get(f"help_centers/{one}/configuration").json()
            audience = body["audience"]["values"]["mode"]
            by_name[one] = LEVELS.get(audience, LEVELS["beta"]) if body["portal"]["effective"] else 0
        return by_name

    def plan(self, wanted: Fleet) -> list[Planned]:
        for path in Path().glob("*.yaml"):
            path.unlink()
        for name, values in wanted.items():
            Path(name).write_text(json.dumps(values))
        members = []
        for one in fleet_survey.load_members(sorted(wanted), Choice(None, Site(None, seed="workspace.seed"))):
            assert isinstance(one, Member)
            members.append(one)
        asked = fleet_work.Query("plan", datetime.now(UTC), tuple(ALLOWABLE))
        (batch,) = fleet.batches(members)
        outcomes = fleet_work.work(batch, asked).outcomes or ()
        return [Planned(one, batch.site) for one in outcomes]

    def apply(self, planned: list[Planned], look: Callable[[], None]) -> dict[str, Outcome]:
        """Apply what can be, and return what became of each by the name of its file."""
        settled = {one.key: outcome for one in planned if (outcome := fleet_planned.settled(one)) is not None}
        options = ApplyOptions(lock_ttl=60, lock_wait=0)
        done = fleet_apply.run(planned, settled, options, Looking(look), lambda _: None, jobs=1)
        return {one.entry["name"]: one for one in (*settled.values(), *done)}


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp())
    home = place(folder, {"first.yaml": json.dumps(_centre("hub", enabled=False, audience="nobody"))}, CENTRES)
    assert home.portal("plan", "-f", "first.yaml").code == 0
    return folder


@contextmanager
def scene() -> Iterator[Scene]:
    """Give a workspace in which nothing was applied yet."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(_template() / ".portal", folder / ".portal")
        shutil.copy(_template() / "workspace.seed", folder)
        with Place(folder).somebody_else() as client, chdir(folder):
            yield Scene(client)


@examples(3)
@given(fleets(ONE, met=True))
def test_from_nothing_it_converges_at_once_whatever_the_files_are_called(wanted: Fleet) -> None:
    with scene() as world:
        planned = world.plan(wanted)
        assert {one.entry["outcome"] for one in planned} == {"changes"}
        outcomes = world.apply(planned, lambda: None)
        assert {one.entry["outcome"] for one in outcomes.values()} == {"applied"}, outcomes
        assert {one.entry["outcome"] for one in world.plan(wanted)} == {"no_changes"}
        wants = {one["name"]: one for one in wanted.values()}
        rules = {name: next(key for key, rule in RULES.items() if rule == wants[name]["audience"]) for name in wants}
        assert world.levels() == {
            name: LEVELS[rules[name]] if wants[name]["portal"]["enabled"] else 0 for name in CENTRES
        }


@examples(6)
@given(fleets(SOME), fleets(SOME), st.none() | st.sampled_from(CENTRES))
def test_nobody_gets_in_who_could_not_before_and_may_not_after(first: Fleet, then: Fleet, locked: str | None) -> None:
    """Nor where a member fails, because somebody else has locked it."""
    with scene() as world:
        for wanted, holder in ((first, None), (then, locked)):
            planned = world.plan(wanted)
            before = world.levels()
            allowed = {one.entry["name"]: before[one.entry["name"]] for one in planned}
            for one in planned:
                name, plan = one.entry["name"], one.entry["document"]
                if plan is not None and one.entry["outcome"] != "blocked" and plan["views"]["after"]["open"]:
                    rule = next(each["audience"] for each in wanted.values() if each["name"] == name)
                    allowed[name] = max(before[name], next(LEVELS[key] for key in RULES if RULES[key] == rule))

            def look(allowed: dict[str, int] = allowed) -> None:
                now = world.levels()
                assert all(now[name] <= allowed[name] for name in CENTRES), (now, allowed)

            with fleet_work.opened(planned[0].site or Site(None)) as target:
                lease = leases.take(target, holder, LockRequest("somebody", "by hand", 60, 0)) if holder else None
                outcomes = world.apply(planned, look)
                if lease is not None:
                    lease.release()
            look()
            if holder:
                assert outcomes[holder].entry["outcome"] not in {"applied", "applied_in_part"}

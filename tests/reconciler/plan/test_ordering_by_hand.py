"""Law 3 where a person makes the changes: wherever they stop, nobody sees what they neither could before nor may after.

The vendor's truth may be another one than what is stored here: what nobody can read is only believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.kinds.base import MISSING
from reconciler.kinds.state import Known, Making, Resource, State, Upstream
from reconciler.plan import ordering
from reconciler.plan.compare.diff import Difference, FieldChange, Origin
from tests.support.examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AUDIENCES = ("nobody", "team", "enterprise", "everyone")
MODES = ("own", "company", "rule")
PEOPLE = ("in-team", "in-enterprise", "in-neither")
FIELDS = {"portal/acme": "enabled", "audience/acme": "rule", "ticket_visibility/acme": "mode"}
TODAY = date(2026, 3, 1)


@dataclass(frozen=True)
class World:
    """What the vendor really has."""

    enabled: bool
    audience: str
    mode: str

    def sees(self, person: str) -> int:
        """Return how much a person sees: nothing, their own tickets, or those of their company."""
        meant = self.audience == "everyone" or person == f"in-{self.audience}"
        if not (self.enabled and meant):
            return 0
        # The rule of visibility restricts whoever is in the team.
        return 1 if self.mode == "own" or (self.mode == "rule" and person == "in-team") else 2

    def after(self, address: str, value: Any) -> World:
        values = {"portal/acme": self.enabled, "audience/acme": self.audience, "ticket_visibility/acme": self.mode}
        values[address] = value
        return World(*values.values())


worlds = st.builds(World, st.booleans(), st.sampled_from(AUDIENCES), st.sampled_from(MODES))


def observed(truth: World, stored: World, known: set[str]) -> State:
    """Return what is known here of a world: of the rest, only what is stored."""
    values = {
        address: getattr(truth if address in known else stored, name)
        for address, name in zip(FIELDS, ("enabled", "audience", "mode"), strict=True)
    }
    resources = {address: Resource(address, 1, {FIELDS[address]: value}) for address, value in values.items()}
    resources |= {
        "identity": Resource("identity", 1, {"mode": "jwt"}),
        "help_center/acme": Resource(
            "help_center/acme",
            1,
            {"live": True, "custom_domain": "help.acme.example", "https": True, "cookie_forwarding": True},
        ),
    }
    making = tuple((address.partition("/")[0], field, Making("person", "word", 1)) for address, field in FIELDS.items())
    by_name = {address: {FIELDS[address]: Known("attested")} for address in known}
    upstream = Upstream("vendor", "w", "2026-03-01T00:00:00Z", by_name, {}, making)
    return State(
        workspace="w",
        workspace_name="W",
        revision=1,
        help_center="acme",
        resources=resources,
        site={},
        profile="intercom",
        record=None,
        upstream=upstream,
    )


def wanted(state: State, aim: World, managed: set[str]) -> Iterator[Difference]:
    values = {"portal/acme": aim.enabled, "audience/acme": aim.audience, "ticket_visibility/acme": aim.mode}
    for address in managed:
        field, now = FIELDS[address], state.resources[address].values[FIELDS[address]]
        known = state.known(address, field)
        assert known is not None
        if known.unknown or now != values[address]:
            before = MISSING if known.unknown else now
            change = FieldChange(
                field,
                before,
                values[address],
                declared=values[address],
                recorded=MISSING,
                origin=Origin.CONFIG,
                path=(),
            )
            yield Difference(address, state.resources[address], (change,))


def moments(truth: World, steps: Sequence[ordering.OrderedChange]) -> Iterator[World]:
    yield truth
    for step in steps:
        (change,) = step.difference.fields
        truth = truth.after(step.difference.address, change.after)
        yield truth


subsets = st.sets(st.sampled_from(sorted(FIELDS)))


@examples(150)
@example(
    # The portal is on, which nobody knows, and the file does not manage it: it may not be closed for a while.
    truth=World(enabled=True, audience="enterprise", mode="company"),
    stored=World(enabled=False, audience="nobody", mode="own"),
    aim=World(enabled=True, audience="team", mode="rule"),
    known=set(),
    managed={"audience/acme", "ticket_visibility/acme"},
)
@given(truth=worlds, stored=worlds, aim=worlds, known=subsets, managed=subsets)
def test_wherever_a_person_stops_nobody_sees_more_than_at_both_ends(
    truth: World, stored: World, aim: World, known: set[str], managed: set[str]
) -> None:
    state = observed(truth, stored, known)
    differences = sorted(wanted(state, aim, managed), key=lambda one: one.address)
    opens = "portal/acme" in managed and aim.enabled
    steps = ordering.order_changes(differences, state, TODAY, opens=opens)
    *_, last = moments(truth, steps)
    for person in PEOPLE:
        most = max(truth.sees(person), last.sees(person))
        for moment in moments(truth, steps):
            assert moment.sees(person) <= most, (person, [one.difference for one in steps])
    values = {"portal/acme": aim.enabled, "audience/acme": aim.audience, "ticket_visibility/acme": aim.mode}
    for address in managed:
        name = {"portal/acme": "enabled", "audience/acme": "audience", "ticket_visibility/acme": "mode"}[address]
        assert getattr(last, name) == values[address]


@given(truth=worlds, aim=worlds)
def test_a_widening_on_several_screens_closes_the_portal_first(truth: World, aim: World) -> None:
    state = observed(truth, truth, set(FIELDS))
    differences = sorted(wanted(state, aim, set(FIELDS)), key=lambda one: one.address)
    steps = ordering.order_changes(differences, state, TODAY, opens=aim.enabled)
    changed = {one.address for one in differences}
    if truth.enabled and aim.enabled and {"audience/acme", "ticket_visibility/acme"} <= changed:
        first, last = steps[0].difference, steps[-1].difference
        assert (first.address, first.outcome) == ("portal/acme", {"enabled": False})
        assert (last.address, last.outcome) == ("portal/acme", {"enabled": True})
        assert len(steps) == 4
        assert all(0 in one.needs for one in steps[1:])
    else:
        assert len([one for one in steps if one.difference.address == "portal/acme"]) <= 1

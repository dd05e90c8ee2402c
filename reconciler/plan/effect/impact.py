"""Access impact: the views to compare, and the workspace's counts, since only it knows its people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.kinds import audience, granted_companies, ticket_visibility
from reconciler.plan.effect import prerequisites
from reconciler.plan.effect.prerequisites import NOTHING
from reconciler.rules.attributes import CONDITION_TYPE, rule_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from reconciler.config.desired import Config
    from reconciler.kinds.state import State
    from reconciler.plan.compare.diff import Difference
    from reconciler.plan.effect.prerequisites import Values

AccessView = dict[str, Any]
"""A view: everything that decides access, as the admin API takes it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A number of people or companies, the first few of them, and a digest of all the people."""

    count: int
    sample: tuple[str, ...]
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """The access impact of a plan, in numbers of people."""

    people: int
    before: int
    after: int
    own_only_before: int  # those with access who see only their own tickets
    own_only_after: int
    gained: Sample
    lost: Sample
    sees_more: Sample  # from their own to their companies' tickets, or granted a company more
    sees_less: Sample  # the other way round
    without_company: Sample  # with access to an empty portal, belonging to no company
    companies_gained: Sample  # companies whose tickets are newly visible to a colleague
    companies_lost: Sample  # the other way round

    @property
    def widened(self) -> int:
        """The number of people who see more."""
        return self.gained.count + self.sees_more.count

    @property
    def narrowed(self) -> int:
        """The number of people who see less."""
        return self.lost.count + self.sees_less.count


def view_before(state: State) -> AccessView:
    """Return the live view."""
    return {
        "open": state.portal.facts["effective"],
        "audience": audience.KIND.of(state).facts["wire"],
        "ticket_visibility": ticket_visibility.KIND.of(state).facts["wire"],
    }


def view_after(
    config: Config, state: State, differences: Sequence[Difference], today: date, fleet_values: Values = NOTHING
) -> AccessView:
    """Return the view after the differences, and after other configurations' changes of workspace settings."""
    changed = {difference.address: difference.outcome for difference in differences}
    view = view_before(state)
    if (rule := changed.get(audience.KIND.of(state).address, {}).get("rule")) is not None:
        view["audience"] = audience.wire(rule, _types(config, state))
    if (mode := changed.get(ticket_visibility.KIND.of(state).address, {}).get("mode")) is not None:
        view["ticket_visibility"] = ticket_visibility.wire(mode, _types(config, state))
    if granted := changed.get(granted_companies.KIND.address()):
        view["granted"] = dict(granted)
    facts = prerequisites.facts(state, differences, fleet_values)
    enabled = facts.get(f"{state.portal.address}.enabled")
    view["open"] = enabled and all(prerequisites.met(state.profile, facts, today).values())
    return view


def _types(config: Config, state: State) -> dict[str, str]:
    # A rule that is brought back may name what the file of today does not declare.
    return {**_live_types(state), **config.attribute_types}


def _live_types(state: State) -> dict[str, str]:
    live_types = {}
    for address, resource in state.resources.items():
        kind, _, attribute = address.partition("/")
        model, _, name = attribute.partition(".")
        if kind == "data_attribute" and resource.values["type"] in CONDITION_TYPE:
            live_types[rule_name(model, name)] = CONDITION_TYPE[resource.values["type"]]
    return live_types


def from_answer(answer: Mapping[str, Any]) -> Impact:
    """Read the impact from the workspace's answer."""
    samples = {
        name: Sample(answer[name]["count"], tuple(map(_called, answer[name]["sample"])), answer[name].get("digest"))
        for name in (
            "gained",
            "lost",
            "sees_more",
            "sees_less",
            "without_company",
            "companies_gained",
            "companies_lost",
        )
    }
    return Impact(
        people=answer["people"],
        before=answer["before"]["count"],
        after=answer["after"]["count"],
        own_only_before=answer["before"]["own_only"],
        own_only_after=answer["after"]["own_only"],
        **samples,
    )


def _called(item: str | Mapping[str, Any]) -> str:
    """Name a person or company for readers."""
    if isinstance(item, str):
        return item
    return str(item["email"] or item["external_id"] or item["name"] or item["id"])

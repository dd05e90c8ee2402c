"""Who gains and who loses access: the question to put to the workspace, and its answer.

Only the workspace knows its people, so it counts; this module says what is compared with what.
"""

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
"""Everything that decides who gets in and what they see, as the admin API takes it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A number of people, or companies, the first few of them, and a digest that stands for all of these people."""

    count: int
    sample: tuple[str, ...]
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """What a plan does to people.

    Attributes:
        people: Users of the workspace.
        before: How many of them can open the portal now.
        after: How many can once the plan is applied.
        own_only_before: How many of those see only their own tickets now.
        own_only_after: The same once the plan is applied.
        gained: Who can open it that could not.
        lost: Who no longer can.
        sees_more: Who saw only their own tickets and will see their companies', or is granted a company more.
        sees_less: The other way round.
        without_company: Who will have access to an empty portal, belonging to no company.
        companies_gained: Companies whose tickets somebody will see as a colleague, and nobody did.
        companies_lost: The other way round.
    """

    people: int
    before: int
    after: int
    own_only_before: int
    own_only_after: int
    gained: Sample
    lost: Sample
    sees_more: Sample
    sees_less: Sample
    without_company: Sample
    companies_gained: Sample
    companies_lost: Sample

    @property
    def widened(self) -> int:
        """How many people will see something that they could not see."""
        return self.gained.count + self.sees_more.count

    @property
    def narrowed(self) -> int:
        """How many people will no longer see something that they could see."""
        return self.lost.count + self.sees_less.count


def view_before(state: State) -> AccessView:
    """Return what decides access now."""
    return {
        "open": state.portal.facts["effective"],
        "audience": audience.KIND.of(state).facts["wire"],
        "ticket_visibility": ticket_visibility.KIND.of(state).facts["wire"],
    }


def view_after(
    config: Config, state: State, differences: Sequence[Difference], today: date, elsewhere: Values = NOTHING
) -> AccessView:
    """Return what will decide access once the differences are gone, and the settings of the workspace as others do."""
    changed = {difference.address: difference.outcome for difference in differences}
    view = view_before(state)
    if (rule := changed.get(audience.KIND.of(state).address, {}).get("rule")) is not None:
        view["audience"] = audience.wire(rule, _types(config, state))
    if (mode := changed.get(ticket_visibility.KIND.of(state).address, {}).get("mode")) is not None:
        view["ticket_visibility"] = ticket_visibility.wire(mode, _types(config, state))
    if granted := changed.get(granted_companies.KIND.address()):
        view["granted"] = dict(granted)
    facts = prerequisites.facts(state, differences, elsewhere)
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
    """Return the impact that the workspace counted."""
    crowds = {
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
        **crowds,
    )


def _called(item: str | Mapping[str, Any]) -> str:
    """Return the name that a reader knows a person or company by."""
    if isinstance(item, str):
        return item
    return str(item["email"] or item["external_id"] or item["name"] or item["id"])

"""The basis of a plan: the resources that decide access, before and after, whose revisions each write names. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.kinds import granted_companies
from reconciler.plan.effect import impact, prerequisites
from reconciler.rules.attributes import builtin_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.kinds.state import State
    from reconciler.plan.document.executable import ExecutablePlan

SITE = "site"
_OF_THE_HELP_CENTER = ("portal", "audience", "ticket_visibility", "help_center", "homepage")


def revisions(state: State) -> dict[str, int]:
    """Return the revision of every observed resource, by address."""
    revisions = {address: resource.revision for address, resource in state.resources.items()}
    return revisions | ({SITE: state.site_revision} if state.site_revision else {})


def addresses(plan: ExecutablePlan, state: State) -> frozenset[str]:
    """Return the addresses of the plan's basis."""
    views = plan.document["views"]
    rules = (views["before"], views["after"], impact.view_before(state))
    addresses = {f"{kind}/{state.help_center}" for kind in _OF_THE_HELP_CENTER}
    addresses |= prerequisites.read_from(state.profile, state.help_center)
    addresses |= {address for view in rules for address in _attributes(view)}
    addresses |= {granted_companies.KIND.address()} & state.resources.keys()
    return frozenset(addresses - ({SITE} if not state.site_revision else set()))


def _attributes(rule: Any) -> Iterator[str]:
    """Yield the addresses of the attributes in a rule of the admin API, however nested."""
    if isinstance(rule, list):
        for value in rule:
            yield from _attributes(value)
    elif isinstance(rule, dict):
        name = rule.get("attribute")
        if isinstance(name, str) and name not in builtin_names():
            model, custom = (
                ("company", name.removeprefix("company.")) if name.startswith("company.") else ("contact", name)
            )
            yield f"data_attribute/{model}.{custom.removeprefix('custom_attributes.')}"
        for item in rule.values():
            yield from _attributes(item)

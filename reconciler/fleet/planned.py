"""A planned member of a fleet, and its outcome where nothing is to be applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.apply import document as apply_document
from reconciler.apply import run
from reconciler.fleet import document as fleet_document
from reconciler.plan.document import executable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.fleet.document import Outcome
    from reconciler.fleet.model import Site
    from reconciler.fleet.ordering import Key


@dataclass(frozen=True, slots=True)
class Planned:
    """A member of a fleet with its plan; `protected` is why a plan that nobody read may not be applied there."""

    outcome: Outcome
    site: Site | None
    protected: str | None = None

    @property
    def entry(self) -> Mapping[str, Any]:
        """The member's entry in the document of plans."""
        return self.outcome.entry

    @property
    def key(self) -> Key:
        """The key of the member."""
        return self.entry["file"], self.entry["line"]

    @property
    def plan(self) -> executable.ExecutablePlan:
        """The executable plan."""
        return executable.of(self.entry["document"])


def settled(planned: Planned) -> Outcome | None:
    """Return the outcome of a member with nothing to apply; `None` where there is something."""
    entry = planned.entry
    plan = entry["document"]
    if entry["outcome"] == "failed":
        return planned.outcome
    if plan is None or (entry["outcome"] != "blocked" and executable.of(plan).idle):
        return fleet_document.Outcome({**entry, "outcome": "nothing_to_do", "document": None}, 0)
    if entry["outcome"] == "blocked":
        return fleet_document.applied(entry, apply_document.not_applied(plan), 3)
    if planned.protected is not None:
        forbidden = run.protected(planned.entry["environment"], planned.protected)
        return fleet_document.applied(entry, apply_document.not_applied(plan, forbidden), 3)
    return None


def declined(planned: Planned) -> Outcome:
    """Return the outcome of a plan that somebody declined."""
    return fleet_document.applied(planned.entry, apply_document.not_applied(planned.entry["document"]), 1)

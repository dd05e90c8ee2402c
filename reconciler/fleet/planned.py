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

    @property
    def may_go_on(self) -> bool:
        """True where an apply of the same configuration waits for a person."""
        return any(diagnostic["code"] == "apply-waits" for diagnostic in self.entry["document"]["diagnostics"])


def settled(planned: Planned) -> Outcome | None:
    """Return the outcome of a member with nothing to apply; `None` where there is something."""
    entry = planned.entry
    plan = entry["document"]
    if entry["outcome"] == "failed":
        return planned.outcome
    if plan is None or (entry["outcome"] != "blocked" and executable.of(plan).nothing_to_write):
        return fleet_document.Outcome({**entry, "outcome": "nothing_to_do", "document": None}, 0)
    # A waiting apply goes on by the plan that it began with: what is in between is no state to judge by.
    if entry["outcome"] == "blocked" and not planned.may_go_on:
        return blocked(planned)
    if planned.protected is not None:
        forbidden = run.protected(planned.entry["environment"], planned.protected)
        return fleet_document.applied(entry, apply_document.not_applied(plan, forbidden), 3)
    return None


def blocked(planned: Planned) -> Outcome:
    """Return the outcome of a blocked plan."""
    return fleet_document.applied(planned.entry, apply_document.not_applied(planned.entry["document"]), 3)


def declined(planned: Planned) -> Outcome:
    """Return the outcome of a plan that somebody declined."""
    return fleet_document.applied(planned.entry, apply_document.not_applied(planned.entry["document"]), 1)

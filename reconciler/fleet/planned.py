"""A member of a fleet with its plan, and its outcome where nothing is to be applied."""

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
    """A member of a fleet with its plan.

    Attributes:
        outcome: What came of planning it.
        site: Where it would be applied.
        protected: What forbids to apply a plan that nobody read; `None` where nothing does.
    """

    outcome: Outcome
    site: Site | None
    protected: str | None = None

    @property
    def entry(self) -> Mapping[str, Any]:
        """The member, as the document of the plans shows it."""
        return self.outcome.entry

    @property
    def key(self) -> Key:
        """Which member it is."""
        return self.entry["file"], self.entry["line"]

    @property
    def plan(self) -> executable.ExecutablePlan:
        """What is to be done."""
        return executable.of(self.entry["document"])


def settled(planned: Planned) -> Outcome | None:
    """Return what becomes of a member of which nothing will be applied; `None` where there is something to do."""
    entry = planned.entry
    plan = entry["document"]
    if entry["outcome"] == "failed":
        return planned.outcome
    if plan is None or (entry["outcome"] != "blocked" and executable.of(plan).idle):
        return fleet_document.Outcome({**entry, "outcome": "nothing_to_do", "document": None}, 0)
    if entry["outcome"] == "blocked":
        return fleet_document.followed(entry, apply_document.not_applied(plan), 3)
    if planned.protected is not None:
        forbidden = run.protected(planned.entry["environment"], planned.protected)
        return fleet_document.followed(entry, apply_document.not_applied(plan, forbidden), 3)
    return None


def declined(planned: Planned) -> Outcome:
    """Return that somebody was asked whether to apply a plan, and did not want it."""
    return fleet_document.followed(planned.entry, apply_document.not_applied(planned.entry["document"]), 1)

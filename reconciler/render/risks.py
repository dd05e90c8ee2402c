"""Risks of a plan for its reviewer, the most dangerous first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.plan.checks.guards import LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.core.document_types.plan import (
        Access,
        Change,
        DriftFinding,
        FailedPlan,
        PlanDocument,
        Sample,
        Source,
    )
    from reconciler.core.document_types.result import DriftDocument

RISKS = {
    "widens_access": "Widens access",
    "closes_portal": "Closes the portal",
    "deletes": "Deletes",
    "narrows_access": "Narrows access",
    "replaces_foreign_edit": "Replaces somebody else's edit",
    "publishes_foreign_draft": "Publishes somebody else's draft",
}
"""The names of a change's risks, the most dangerous first."""


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk of a plan, with the number of people where it is about people."""

    name: str
    title: str
    changes: tuple[Change, ...]
    people: int | None = None


def risks(document: PlanDocument | FailedPlan) -> Iterator[Risk]:
    """Yield the risks of a plan, the most dangerous first; a failed plan has none."""
    if document["outcome"] == "failed":
        return
    changes = document["changes"]
    for risk, title in RISKS.items():
        risky = tuple(change for change in changes if risk in change["risks"])
        if risky:
            yield Risk(risk, title, risky, _people(document, risk))
        if risk == "widens_access" and (open_to_all := tuple(change for change in changes if _everyone(change))):
            yield Risk("everyone", "Lets everyone in", open_to_all)


_OPENING = ("audience", "portal", "ticket_visibility", "identity", "help_center")


def opened_by_hand(document: PlanDocument) -> str:
    """Describe access that exists only through changes by hand; empty for none. For the plan of a revert."""
    access = document["access"]
    results = [item for item in document["drift"] if item["address"].partition("/")[0] in _OPENING]
    if not results or not access or document["purpose"] == "undo":
        return ""
    return since_by_hand(results, access["before"]["count"], access["people"], access["lost"]["count"])


def drifted_open(document: DriftDocument) -> str:
    """Describe access that drift gives; empty where it gives none."""
    access = document.get("access")
    if not access:
        return ""
    return since_by_hand(document["findings"], access["after"]["count"], access["people"], access["gained"]["count"])


def since_by_hand(findings: Sequence[DriftFinding], now: int, people: int, let_in: int) -> str:
    """Write the sentence: people with access now, those of them let in since, and since when."""
    if not let_in:
        return ""
    everyone = any(finding["live"] == "everyone" for finding in findings)
    who = "everyone" if everyone else f"{now:,} of {people:,} people"
    by = next((finding["by"] for finding in findings if finding["by"]), None)
    since = f" on {_day(by['at'])} by {by['by']}" if by else ""
    return f"{who} can open the portal now: +{let_in:,} people since a change by hand{since}"


def _day(at: str) -> str:
    """Format a moment for people: `14 March 2026, 14:02 UTC`."""
    moment = datetime.fromisoformat(at)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def guarded(document: PlanDocument) -> list[str]:
    """Return the risks that need an allowance by name."""
    return sorted({guard["risk"] for guard in document["guards"] if guard["blocks"]})


def labels(document: PlanDocument) -> list[str]:
    """Return the labels of a pull request that would let its plan past the guards."""
    return [f"{LABEL}{risk}" for risk in guarded(document)]


def unsolved(document: PlanDocument | FailedPlan) -> int:
    """Count the errors that no permission helps against."""
    return sum(
        diagnostic["severity"] == "error" and diagnostic["code"] != "guard-exceeded"
        for diagnostic in document["diagnostics"]
    )


def place(change: Change) -> Source | None:
    """Return the source of a change."""
    return next((field["source"] for field in change["fields"] if field["source"]), None)


def sample(access: Access, name: str) -> Sample:
    """Return the people or companies of a class, such as `gained`."""
    samples: Mapping[str, Any] = access
    named: Sample = samples[name]
    return named


def _people(document: PlanDocument, risk: str) -> int | None:
    if (access := document["access"]) is None:
        return None
    counts = {
        "widens_access": ("gained", "sees_more"),
        "narrows_access": ("lost", "sees_less"),
        "closes_portal": ("lost",),
    }
    return sum(sample(access, name)["count"] for name in counts[risk]) if risk in counts else None


def _everyone(change: Change) -> bool:
    kind = change["address"].partition("/")[0]
    return kind == "audience" and any(field.get("after") == "everyone" for field in change["fields"])

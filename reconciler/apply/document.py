"""The result document of an apply (`schemas/result.schema.json`)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from reconciler.apply import next_steps
from reconciler.core import documents
from reconciler.core.diagnostics import error
from reconciler.core.errors import Stale
from reconciler.plan.checks.expectations import ABILITIES
from reconciler.plan.document import write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.apply.executor import Result
    from reconciler.apply.postcheck import PostApplyState
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.core.document_types.result import ApplyDocument
    from reconciler.plan.checks.expectations import Verdict


def applied(plan: Mapping[str, Any], result: Result, after: PostApplyState | None) -> ApplyDocument:
    """Build the document of a begun apply; `after` is None without a post-check."""
    # What the file expects was written for what an undo takes back.
    broken = after.broken if after and plan["purpose"] != "undo" else ()
    return cast(
        "ApplyDocument",
        {
            **documents.head("apply", result.outcome),
            "plan": dict(plan),
            "receipt": result.receipt,
            "changes": [
                {
                    **_named(change),
                    "outcome": result.outcomes[change["id"]].value,
                    "reason": result.reasons.get(change["id"], ""),
                }
                for change in plan["changes"]
            ],
            "conflicts": [
                asdict(conflict)
                for failure in result.failures
                if isinstance(failure, Stale)
                for conflict in failure.conflicts
            ],
            "expectations": [write.expectation(expectation) for expectation in after.expectations] if after else [],
            "converged": after.converged if after else None,
            "portal": {"url": after.portal_url, "effective": after.portal_effective} if after else None,
            **({} if result.task is None else {"task": dict(result.task)}),
            "next": next_steps.commands(plan, result, broken=bool(broken)),
            "diagnostics": [
                documents.diagnostic(diagnostic)
                for diagnostic in (*result.diagnostics, *_unlike(after), *map(_broken, broken))
            ],
        },
    )


def _unlike(after: PostApplyState | None) -> Iterator[Diagnostic]:
    """Report a workspace that does not match the plan although all changes were made."""
    if after is None or after.converged:
        return
    for address, by in after.differing:
        who = f"{by.by} changed {address} at {by.at} via {by.via}" if by else f"{address} was changed again"
        yield _not_converged(f"{who}: it differs from the plan", address)
    if not after.differing:
        yield _not_converged("all changes were made, but the workspace differs from the file")


def _not_converged(summary: str, address: str = "") -> Diagnostic:
    remedy = "portal drift shows what differs and who changed it."
    return error("not-converged", summary, address=address, remedy=remedy)


def _named(change: Mapping[str, Any]) -> dict[str, Any]:
    return {name: change[name] for name in ("id", "address", "title")}


def _broken(verdict: Verdict) -> Diagnostic:
    must = "must" if verdict.wanted else "must not"
    message = f"{verdict.person} {must} be able to {ABILITIES[verdict.ability]}, but now {verdict.reason}"
    return error("expectation-broken", message, remedy="portal undo undoes the apply.")


def not_applied(plan: Mapping[str, Any], forbidden: Diagnostic | None = None) -> ApplyDocument:
    """Build the document of an apply that was declined, or forbidden for a reason not in the plan."""
    return cast(
        "ApplyDocument",
        {
            **documents.head("apply", "blocked" if forbidden or plan["outcome"] == "blocked" else "declined"),
            "plan": dict(plan),
            "receipt": None,
            "changes": [{**_named(change), "outcome": "not_attempted", "reason": ""} for change in plan["changes"]],
            "conflicts": [],
            "expectations": [],
            "converged": None,
            "portal": None,
            "next": [],
            "diagnostics": [*plan["diagnostics"], *([documents.diagnostic(forbidden)] if forbidden else [])],
        },
    )

"""Receipts of applies in the workspace, each with the steps that were done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.core.diagnostics import error, warning
from reconciler.core.errors import PortalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.plan.document.executable import ExecutablePlan
    from reconciler.target.protocol import Target


def opening(executable_plan: ExecutablePlan, holder: str) -> dict[str, Any]:
    """Build the opening of a receipt."""
    document = executable_plan.document
    return {
        "configuration": executable_plan.name,
        "help_center": executable_plan.help_center,
        "action": document["purpose"],
        "plan_digest": document["digest"],
        "configuration_digest": document["configuration"]["digest"],
        "commit": document["configuration"]["commit"],
        "environment": document["environment"],
        "holder": holder,
        "generator": f"portal {__version__}",
        "undoes": document["undoes"],
        "promotes": _promotes(document["promotion"]),
        "record_before": document["record"]["before"],
        "plan": dict(document),
        # An older workspace takes no message; it is asked to only where there is one.
        **({"message": executable_plan.message} if executable_plan.message else {}),
    }


def _promotes(promotion: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Name the source of a promotion for its receipt."""
    if promotion is None:
        return None
    proven = promotion["from"]
    return {
        "environment": proven["environment"],
        "workspace": proven["workspace"],
        "receipt": promotion["receipt"],
        "digest": promotion["digest"],
    }


def outcomes(plan: Mapping[str, Any], by_id: Mapping[str, str]) -> list[dict[str, str]]:
    """Write the outcome of each change for a receipt."""
    return [
        {"id": change["id"], "address": change["address"], "outcome": str(by_id[change["id"]])}
        for change in plan["changes"]
    ]


def close_unfinished(target: Target, unfinished: Mapping[str, Any], lease: str) -> Diagnostic:
    """End the receipt of a dead apply from its steps, under the current lock; return the remark about it."""
    receipt = target.receipt(unfinished["id"])
    by_id = left_behind(receipt)
    target.finish_receipt(
        receipt["id"],
        {"outcome": "interrupted", "changes": outcomes(receipt["plan"], by_id), "diagnostics": []},
        lease,
    )
    return remark(receipt)


def left_behind(receipt: Mapping[str, Any]) -> dict[str, str]:
    """Derive the outcome of each change of a dead apply, by id; `unknown` where a part of its requests was made."""
    done = {step["step"] for step in receipt["steps"]}
    results = {}
    for change in receipt["plan"]["changes"]:
        steps = {f"{change['id']}.{place}" for place in range(1, len(change["operations"]) + 1)}
        missing = steps - done  # A step is kept together with its write: one that is not there was not done.
        results[change["id"]] = "applied" if not missing else "not_attempted" if missing == steps else "unknown"
    return results


def remark(receipt: Mapping[str, Any]) -> Diagnostic:
    """Report a dead apply that was closed now."""
    changes = left_behind(receipt)
    made = sum(change == "applied" for change in changes.values())
    return warning(
        "apply-unfinished",
        f"{receipt['id']}, begun by {receipt['holder']} at {receipt['started_at']}, never ended: "
        f"{made} of its {len(changes)} changes were made",
        remedy=f"The rest is part of this apply. portal show {receipt['id']} tells what was done.",
    )


def crashed(fault: Exception) -> PortalError:
    """Build the error for an unforeseen fault; its text may hold anything and is not told."""
    return PortalError(
        error(
            "apply-crashed",
            f"the apply ended with a bug of portal ({type(fault).__name__})",
            remedy="portal history shows what was done. Run portal plan to see what is left, and report this.",
        )
    )

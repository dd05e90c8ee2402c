"""The plan document of a promotion: that of its plan, with where it was proven and how the environments differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core import documents
from reconciler.core.diagnostics import error
from reconciler.kinds.base import MISSING
from reconciler.operations.promote.conditions import Condition, FieldComparison, Promotion, Status
from reconciler.plan.document import write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.plan.model import Plan


def to_document(plan: Plan, promotion: Promotion) -> dict[str, Any]:
    """Return the document of a promotion; where a condition is not met, it may not be applied."""
    document = {**write.to_document(plan), "promotion": _part(promotion)}
    if document["changes"] or document["record"]["stale"]:
        problems = [documents.diagnostic(one) for one in _problems(promotion)]
        document["diagnostics"] = [*document["diagnostics"], *problems]
        document["outcome"] = "blocked" if problems else document["outcome"]
    return {**document, "digest": documents.digest(document)}


def _problems(promotion: Promotion) -> Iterator[Diagnostic]:
    environment = promotion.proof.environment
    for one in promotion.conditions:
        if one.status is Status.UNMET:
            yield error(
                "promotion-condition-unmet",
                f"{one.name} in {environment}: {one.summary}",
                remedy=f"{one.remedy.rstrip('.')}. Or somebody answers for it: "
                f"--waive {one.name} --waived-by NAME --reason TEXT.",
            )


def _part(promotion: Promotion) -> dict[str, Any]:
    proof = promotion.proof
    state = proof.state
    return {
        "from": {
            "environment": proof.environment,
            "workspace": state.workspace,
            "name": state.workspace_name,
            "target": proof.target,
            "help_center": state.help_center,
        },
        "receipt": proof.receipt["id"],
        "digest": proof.base["digest"],
        "commit": proof.commit,
        "since": proof.since,
        "conditions": [_condition(one) for one in promotion.conditions],
        "fields": [_row(one) for one in promotion.rows],
        "left": list(promotion.left),
    }


def _condition(one: Condition) -> dict[str, Any]:
    return {
        "name": one.name.value,
        "status": one.status.value,
        "summary": one.summary,
        "remedy": one.remedy,
        "waiver": None if one.waiver is None else {"by": one.waiver.by, "reason": one.waiver.reason},
    }


def _row(one: FieldComparison) -> dict[str, Any]:
    sides: Mapping[str, Any] = {"proven": one.proven, "live": one.live, "desired": one.desired}
    return {
        "address": one.address,
        "field": one.field,
        **{name: value for name, value in sides.items() if value is not MISSING},
        "overridden": list(one.overridden),
        "changes": one.changes,
        "differs": one.differs,
    }

"""The plan document of a promotion, with its evidence and the differences between environments."""

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
    """Build the document of a promotion; an unmet condition blocks it."""
    document = {**write.to_document(plan), "promotion": _part(promotion)}
    if document["changes"] or document["record"]["stale"]:
        problems = [documents.diagnostic(problem) for problem in _problems(promotion)]
        document["diagnostics"] = [*document["diagnostics"], *problems]
        document["outcome"] = "blocked" if problems else document["outcome"]
    return {**document, "digest": documents.digest(document)}


def _problems(promotion: Promotion) -> Iterator[Diagnostic]:
    environment = promotion.proof.environment
    for condition in promotion.conditions:
        if condition.status is Status.UNMET:
            yield error(
                "promotion-condition-unmet",
                f"{condition.name} in {environment}: {condition.summary}",
                remedy=f"{condition.remedy.rstrip('.')}. Or somebody waives it: "
                f"--waive {condition.name} --waived-by NAME --reason TEXT.",
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
        "conditions": [_condition(condition) for condition in promotion.conditions],
        "fields": [_row(row) for row in promotion.rows],
        "left": list(promotion.left),
    }


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "name": condition.name.value,
        "status": condition.status.value,
        "summary": condition.summary,
        "remedy": condition.remedy,
        "waiver": None if condition.waiver is None else {"by": condition.waiver.by, "reason": condition.waiver.reason},
    }


def _row(field_comparison: FieldComparison) -> dict[str, Any]:
    sides: Mapping[str, Any] = {
        "proven": field_comparison.proven,
        "live": field_comparison.live,
        "desired": field_comparison.desired,
    }
    return {
        "address": field_comparison.address,
        "field": field_comparison.field,
        **{name: value for name, value in sides.items() if value is not MISSING},
        "overridden": list(field_comparison.overridden),
        "changes": field_comparison.changes,
        "differs": field_comparison.differs,
    }

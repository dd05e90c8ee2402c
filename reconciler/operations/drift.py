"""Drift: what others changed since the last apply, as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core import documents
from reconciler.plan.compare.diff import same
from reconciler.plan.document import write as planfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.plan.model import Plan


_TOLD_WITH_DRIFT = ("ignore-expires", "ignore-idle", "managed-elsewhere", "unknown-live-fields")
"""What a reader of drift should know of what a plan says: what was not looked at, until when, and who has a say too."""


def drift_document(plan: Plan) -> dict[str, Any]:
    """Return the document of what somebody else changed since the last apply."""
    degraded = [one for one in plan.diagnostics if one.code == "portal-ineffective"]
    drifted = {(one.address, one.field) for one in plan.drift}
    pending = [
        f"{change.address} {field.field}"
        for change in plan.changes
        for field in change.fields
        if (change.address, field.field) not in drifted
    ]
    recorded = plan.record_revision is not None
    outcome = "drift" if plan.drift or degraded else ("no_drift" if recorded else "never_applied")
    return {
        **documents.head("drift", outcome),
        "configuration": {"name": plan.name, "file": plan.file, "digest": plan.digest, "commit": plan.commit},
        "environment": plan.environment,
        "workspace": {
            "id": plan.workspace,
            "name": plan.workspace_name,
            "target": plan.target,
            "help_center": plan.help_center,
        },
        "findings": [planfile.drift(one) for one in plan.drift],
        "degraded": [documents.diagnostic(one) for one in degraded],
        "pending": list(dict.fromkeys(pending)),
        "agreed": list(_agreed(plan)),
        "coverage": planfile.coverage(plan.coverage),
        "ignored": [planfile.ignored(one) for one in plan.ignored],
        "diagnostics": [documents.diagnostic(one) for one in plan.diagnostics if one.code in _TOLD_WITH_DRIFT],
    }


def _agreed(plan: Plan) -> Iterator[str]:
    """Yield what is not as it was applied, and yet is in the workspace as the file wants it."""
    changed = {(change.address, field.field) for change in plan.changes for field in change.fields}
    for address, fields in plan.to_record.values.items():
        recorded = plan.recorded.values.get(address, {})
        for field, wanted in fields.items():
            if field in recorded and not same(wanted, recorded[field]) and (address, field) not in changed:
                yield f"{address} {field}"

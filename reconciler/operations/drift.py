"""Drift: changes by others since the last apply, as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reconciler.core import documents
from reconciler.kinds.registry import kind_of
from reconciler.operations.observe import ending_ignores, grant_by_rule, observe, observe_people
from reconciler.plan.compare import ignore_rules as ignoring
from reconciler.plan.compare.diff import Origin, same
from reconciler.plan.document import write
from reconciler.plan.effect import impact, projection
from reconciler.plan.model import Attribution, Drift

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from reconciler.config.desired import Config
    from reconciler.core.document_types.result import DriftDocument
    from reconciler.kinds.state import State
    from reconciler.plan.compare.diff import Difference
    from reconciler.plan.effect.impact import AccessView, Impact
    from reconciler.plan.model import Plan
    from reconciler.target.protocol import Target

_SHOWN_WITH_DRIFT = ("ignore-expires", "ignore-idle", "managed-elsewhere", "unknown-live-fields", "apply-waits")
"""The plan diagnostics that belong to drift: ignored fields, their expiry, and other configurations."""


def people(config: Config, plan: Plan, target: Target, *, now: datetime) -> Impact | None:
    """Count the people affected by drift, recorded settings against live ones: two requests, or none without drift."""
    if not plan.drift:
        return None
    state = observe(config, target)
    projected = projection.project_revert(grant_by_rule(config, target, state), state, now.date())
    if not projected.changes_access:
        return None
    return impact.from_answer(target.compare(config.help_center, projected.after, projected.before))


def views(
    config: Config, target: Target, *, now: datetime, drift: bool = False
) -> tuple[State, tuple[AccessView, AccessView]]:
    """Observe the state at `now` (UTC), and the views before and after a file's changes, or of drift.

    Raises ConfigurationInvalid for an expired ignore rule, or WorkspaceUnusable.
    """
    ending_ignores(config, now)
    config, state = observe_people(config, target, observe(config, target))
    if drift:
        projected = projection.project_revert(config, state, now.date())
        return state, (projected.after, projected.before)
    projected = projection.project(config, state, now.date())
    return state, (projected.before, projected.after)


def drift_document(plan: Plan, effect: Impact | None = None) -> DriftDocument:
    """Build the drift document, with its impact on people where it was counted."""
    degraded = [diagnostic for diagnostic in plan.diagnostics if diagnostic.code == "portal-ineffective"]
    drifted = {(drift.address, drift.field) for drift in plan.drift}
    pending = [
        f"{change.address} {field.field}"
        for change in plan.changes
        for field in change.fields
        if (change.address, field.field) not in drifted
    ]
    doubts = list(_doubts(plan))
    doubtful = {f"{doubt['address']} {doubt['field']}" for doubt in doubts}
    pending = [text for text in pending if text not in doubtful]
    recorded = plan.record_revision is not None
    outcome = "no_drift" if recorded else "never_applied"
    if plan.drift or degraded:
        outcome = "drift"
    elif doubts:
        outcome = "look_again"
    return cast(
        "DriftDocument",
        {
            **documents.head("drift", outcome),
            "created_at": plan.created_at,
            "configuration": {"name": plan.name, "file": plan.file, "digest": plan.digest, "commit": plan.commit},
            "environment": plan.environment,
            "workspace": write.place(plan),
            "access": write.access(effect),
            "findings": [write.drift(drift) for drift in plan.drift],
            "degraded": [documents.diagnostic(diagnostic) for diagnostic in degraded],
            "pending": list(dict.fromkeys(pending)),
            "agreed": list(_agreed(plan)),
            "coverage": write.coverage(plan.coverage),
            "ignored": [write.ignored(rule) for rule in plan.ignored],
            **({} if plan.knowledge is None else {"upstream": plan.knowledge.document(), "doubts": doubts}),
            "diagnostics": [
                documents.diagnostic(diagnostic)
                for diagnostic in plan.diagnostics
                if diagnostic.code in _SHOWN_WITH_DRIFT
            ],
        },
    )


def _doubts(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield the fields with an expired or suspect attestation."""
    if plan.knowledge is None:
        return
    for (address, field), why in plan.knowledge.doubts.items():
        known = plan.knowledge.managed[address, field]
        ended = known.until is not None and known.until <= plan.knowledge.upstream.observed_at
        yield {
            "address": address,
            "field": field,
            "doubt": "expired" if ended else "suspect",
            "why": why,
            "by": known.by,
            "as_of": known.as_of,
            "until": known.until,
        }


def _agreed(plan: Plan) -> Iterator[str]:
    """Yield the fields that left their recorded value for the desired one."""
    changed = {(change.address, field.field) for change in plan.changes for field in change.fields}
    for address, fields in plan.to_record.values.items():
        recorded = plan.recorded.values.get(address, {})
        for field, desired in fields.items():
            if field in recorded and not same(desired, recorded[field]) and (address, field) not in changed:
                yield f"{address} {field}"


def findings(whole: Config, target: Target, *, now: datetime) -> tuple[State, tuple[Drift, ...]]:
    """Observe the state and its drift; raise ConfigurationInvalid for an expired ignore rule, or WorkspaceUnusable."""
    ending_ignores(whole, now)
    state = observe(whole, target)
    whole = grant_by_rule(whole, target, state)
    projected = projection.project(whole, state, now.date())
    return state, tuple(drift(ignoring.without_ignored(whole), target, projected.differences))


def drift(config: Config, target: Target, differences: Iterable[Difference]) -> Iterator[Drift]:
    """Yield the drifted fields with who changed them and when; one request per object."""
    for difference in differences:
        changed = [change for change in difference.fields if change.origin is not Origin.CONFIG]
        if not changed:
            continue
        kind = kind_of(difference.address)
        # The record knows no revision of the workspace, so the log is asked for all that it keeps of the object.
        log = target.activity(difference.address, 0)
        for change in changed:
            yield Drift(
                address=difference.address,
                field=change.field,
                recorded=change.recorded,
                live=None
                if difference.resource is None
                else kind.observed(change.field, change.recorded, difference.resource),
                origin=change.origin,
                attribution=Attribution.of(log, kind.wire_fields(change.field)),
                source=config.source(change.path),
            )

"""Write the plan as a versioned JSON document (`schemas/plan.schema.json`), the source of every output."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.core.documents import diagnostic, digest, source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.config.desired import Attestations
    from reconciler.config.policies import Judgement
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.core.document_types.plan import ChangedPerson
    from reconciler.kinds.base import Operation
    from reconciler.plan.checks.expectations import Verdict
    from reconciler.plan.compare.coverage import Coverage
    from reconciler.plan.compare.diff import Detail, FieldChange
    from reconciler.plan.effect.homepage_preview import Pages
    from reconciler.plan.effect.impact import Impact, Sample
    from reconciler.plan.effect.rollback import Rollback
    from reconciler.plan.model import Change, Drift, IgnoreRule, Plan, RecordedState, Simulation

FORMAT_VERSION = "1.0"
"""Major.minor. A reader ignores what it does not know in its own major version, and refuses another."""


def to_document(plan: Plan) -> dict[str, Any]:
    """Build the document of a plan, deterministically."""
    document = {
        "format_version": FORMAT_VERSION,
        "kind": "plan",
        "generator": f"portal {__version__}",
        "created_at": plan.created_at,
        "purpose": plan.purpose.value,
        "undoes": plan.undoes,
        "configuration": {"name": plan.name, "file": plan.file, "digest": plan.digest, "commit": plan.commit},
        "environment": plan.environment,
        "workspace": {
            **place(plan),
            "revision": plan.revision,
            "moment": plan.moment,
        },
        "revisions": dict(sorted(plan.revisions.items())),
        "outcome": _outcome(plan),
        "changes": [_change(change) for change in plan.changes],
        "way_back": [_return(rollback) for rollback in plan.rollbacks],
        "drift": [drift(item) for item in plan.drift],
        "prerequisites": [asdict(prerequisite) for prerequisite in plan.prerequisites],
        "portal": {"enabled": plan.portal_enabled, "url": plan.portal_url},
        "pages": _pages(plan.pages) if plan.pages else None,
        "access": access(plan.impact),
        "views": {"before": plan.views[0], "after": plan.views[1]},
        "expectations": [expectation(verdict) for verdict in plan.expectations],
        "guards": [{**asdict(guard), "blocks": guard.blocks} for guard in plan.guards],
        "approvals": plan.approvals,
        "ignored": [ignored(rule) for rule in plan.ignored],
        "coverage": coverage(plan.coverage),
        "managed": {address: list(fields) for address, fields in sorted(plan.managed.items())},
        "record": {
            "revision": plan.record_revision,
            "stale": plan.record_is_stale,
            "before": None if plan.record_revision is None else _recorded(plan.recorded),
            "after": _recorded(plan.to_record),
        },
        "simulation": None,
        "promotion": None,
        "diagnostics": [diagnostic(item) for item in plan.diagnostics],
        **({} if plan.knowledge is None else {"upstream": plan.knowledge.document()}),
        **({} if plan.attestations is None else {"attestations": _attestations(plan.attestations)}),
    }
    return {**document, "digest": digest(document)}


def place(plan: Plan) -> dict[str, Any]:
    """Name the workspace and the Help Center, as every document does."""
    return {
        "id": plan.workspace,
        "name": plan.workspace_name,
        "target": plan.target,
        "help_center": plan.help_center,
    }


def with_simulation(document: Mapping[str, Any], simulation: Simulation) -> dict[str, Any]:
    """Add a simulation to a plan document; a failed one blocks the plan."""
    problems = [diagnostic(item) for item in simulation.diagnostics]
    tried = {
        **document,
        "outcome": "blocked" if problems else document["outcome"],
        "simulation": {"outcome": simulation.outcome, "moments": [asdict(moment) for moment in simulation.moments]},
        "diagnostics": [*document["diagnostics"], *problems],
    }
    return {**tried, "digest": digest(tried)}


def with_policies(document: Mapping[str, Any], judgement: Judgement) -> dict[str, Any]:
    """Add the judgement of policies to a plan document; an error blocks the plan."""
    problems = [diagnostic(item) for item in judgement.diagnostics]
    forbidden = any(problem["severity"] == "error" for problem in problems)
    judged = {
        **document,
        "outcome": "blocked" if forbidden else document["outcome"],
        "policies": list(judgement.policies),
        "diagnostics": [*document["diagnostics"], *problems],
    }
    return {**judged, "digest": digest(judged)}


def with_everybody(document: Mapping[str, Any], people: list[ChangedPerson]) -> dict[str, Any]:
    """Add everybody who gains or loses access to a plan document, by change and then by address."""
    order = ("gained", "lost", "sees_more", "sees_less")
    listed = sorted(
        people, key=lambda person: (order.index(person["change"]), (person["email"] or "~").casefold(), person["id"])
    )
    whole = {**document, "access": {**document["access"], "everybody": listed}}
    return {**whole, "digest": digest(whole)}


def failed_document(
    diagnostics: tuple[Diagnostic, ...], created_at: str, file: str | None, environment: str | None
) -> dict[str, Any]:
    """Build the document of a plan that could not be made, with the reasons."""
    return {
        "format_version": FORMAT_VERSION,
        "kind": "plan",
        "generator": f"portal {__version__}",
        "created_at": created_at,
        "file": file,
        "environment": environment,
        "outcome": "failed",
        "changes": [],
        "diagnostics": [diagnostic(item) for item in diagnostics],
    }


def drift(item: Drift) -> dict[str, Any]:
    """Write a drifted field."""
    return {
        "address": item.address,
        "field": item.field,
        "origin": item.origin.value,
        "recorded": item.recorded,
        "live": item.live,
        "by": item.attribution.document() if item.attribution else None,
        "source": source(item.source),
    }


def ignored(rule: IgnoreRule) -> dict[str, Any]:
    """Write an ignore rule."""
    return {**asdict(rule), "source": source(rule.source)}


def coverage(counts: Coverage) -> dict[str, Any]:
    """Write the coverage: all counts, and the unknown fields by name."""
    from reconciler.plan.compare.coverage import Status

    shown = (*counts.of(Status.IGNORED), *counts.of(Status.UNKNOWN))
    return {
        "total": counts.total,
        **{status.value: len(counts.of(status)) for status in Status},
        "fields": [{"address": entry.address, "field": entry.field, "status": entry.status.value} for entry in shown],
    }


def expectation(verdict: Verdict) -> dict[str, Any]:
    """Write the verdict of an expectation."""
    return {name: getattr(verdict, name) for name in ("person", "ability", "wanted", "holds", "reason")}


def _attestations(attestations: Attestations) -> dict[str, Any]:
    return {**asdict(attestations), "two_people_for": list(attestations.two_people_for)}


def _outcome(plan: Plan) -> str:
    if plan.blocked:
        return "blocked"
    return "no_changes" if plan.empty else "changes"


def _recorded(recorded: RecordedState) -> dict[str, Any]:
    return {
        "digest": recorded.digest,
        "values": dict(sorted(recorded.values.items())),
        "commit": recorded.commit,
        "base": None if recorded.base is None else dict(recorded.base),
    }


def _return(rollback: Rollback) -> dict[str, Any]:
    return {
        "address": rollback.address,
        "before": None if rollback.before is None else dict(rollback.before),
        "after": None if rollback.after is None else dict(rollback.after),
        "operations": [_operation(operation) for operation in rollback.operations],
        "aside": rollback.side_effect,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "address": change.address,
        "title": change.title,
        "action": change.action.value,
        "reason": change.reason,
        "fields": [_field(field, change) for field in change.fields],
        "risks": [risk.value for risk in change.risks],
        "revision": change.revision,
        "needs": list(change.needs),
        "operations": [_operation(operation) for operation in change.operations],
        **({} if change.making is None else asdict(change.making)),
    }


def _field(field: FieldChange, change: Change) -> dict[str, Any]:
    from reconciler.kinds.base import MISSING

    known = {"before": field.before, "recorded": field.recorded, "after": field.after, "declared": field.declared}
    return {
        "field": field.field,
        **{name: value for name, value in known.items() if value is not MISSING},
        "origin": field.origin.value,
        "details": [_detail(detail) for detail in field.details],
        "source": source(change.sources.get(field.field)),
        **({} if field.known is None else {"known": {**asdict(field.known), "one_of": list(field.known.one_of)}}),
    }


def _detail(detail: Detail) -> dict[str, Any]:
    from reconciler.kinds.base import MISSING

    sides = {"before": detail.before, "after": detail.after}
    return {"path": list(detail.path), **{name: value for name, value in sides.items() if value is not MISSING}}


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "method": operation.method,
        "path": operation.path,
        "precondition": operation.precondition,
        "body": dict(operation.body),
    }


def _pages(pages: Pages) -> dict[str, Any]:
    sides = {"before": pages.before, "after": pages.after}
    return {
        **{name: {**asdict(side), "sections": list(side.sections)} for name, side in sides.items()},
        "content": pages.content,
    }


def access(impact: Impact | None) -> dict[str, Any] | None:
    """Write the access impact; `None` where there is none."""
    if impact is None:
        return None
    samples: dict[str, Sample] = {
        "gained": impact.gained,
        "lost": impact.lost,
        "sees_more": impact.sees_more,
        "sees_less": impact.sees_less,
        "without_company": impact.without_company,
        "companies_gained": impact.companies_gained,
        "companies_lost": impact.companies_lost,
    }
    return {
        "people": impact.people,
        "before": {"count": impact.before, "own_only": impact.own_only_before},
        "after": {"count": impact.after, "own_only": impact.own_only_after},
        **{name: _sample(sample) for name, sample in samples.items()},
    }


def _sample(sample: Sample) -> dict[str, Any]:
    known = {"count": sample.count, "sample": list(sample.sample)}
    return known if sample.digest is None else {**known, "digest": sample.digest}

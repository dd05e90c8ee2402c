"""What apply and drift print, as versioned JSON documents (`schemas/result.schema.json`)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reconciler import __version__, planfile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.apply import Result
    from reconciler.config import Config
    from reconciler.plan import Afterwards, Plan
    from reconciler.verify import Check

FORMAT_VERSION = "1.0"
"""Major.minor; the rule of `planfile.FORMAT_VERSION` holds here too."""

_TOLD_WITH_DRIFT = ("ignore-expires", "ignore-idle", "unknown-live-fields")
"""What a reader of drift should know of what a plan says: what was not looked at, and for how long."""


def applied(plan: Plan, result: Result, after: Afterwards | None) -> dict[str, Any]:
    """Return the document of an apply that was begun.

    Args:
        plan: What was to be done.
        result: What became of it.
        after: What was found afterwards; `None` where it failed and nobody looked.
    """
    outcome = "applied" if plan.changes else "nothing_to_do"
    if result.failure is not None:
        outcome = "applied_in_part" if result.applied else "failed"
    return {
        **_head("apply", outcome),
        "plan": planfile.to_document(plan),
        "changes": [
            {"id": one.id, "address": one.address, "title": one.title, "outcome": result.outcomes[one.id].value}
            for one in plan.changes
        ],
        "converged": after.converged if after else None,
        "portal": {"url": after.portal_url, "effective": after.portal_effective} if after else None,
        "diagnostics": [planfile.diagnostic(one) for one in result.diagnostics],
    }


def not_applied(plan: Plan) -> dict[str, Any]:
    """Return the document of an apply that was not begun: forbidden, or declined."""
    return {
        **_head("apply", "blocked" if plan.blocked else "declined"),
        "plan": planfile.to_document(plan),
        "changes": [
            {"id": one.id, "address": one.address, "title": one.title, "outcome": "not_attempted"}
            for one in plan.changes
        ],
        "converged": None,
        "portal": None,
        "diagnostics": [planfile.diagnostic(one) for one in plan.diagnostics],
    }


def drift(plan: Plan) -> dict[str, Any]:
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
        **_head("drift", outcome),
        "configuration": {"name": plan.name, "file": plan.file, "digest": plan.digest, "commit": plan.commit},
        "workspace": {
            "id": plan.workspace,
            "name": plan.workspace_name,
            "target": plan.target,
            "help_center": plan.help_center,
        },
        "findings": [planfile.drift(one) for one in plan.drift],
        "degraded": [planfile.diagnostic(one) for one in degraded],
        "pending": list(dict.fromkeys(pending)),
        "coverage": planfile.coverage(plan.coverage),
        "ignored": [planfile.ignored(one) for one in plan.ignored],
        "diagnostics": [planfile.diagnostic(one) for one in plan.diagnostics if one.code in _TOLD_WITH_DRIFT],
    }


def failed(kind: str, diagnostics: Any) -> dict[str, Any]:
    """Return the document of a command that came to nothing, with the reasons."""
    return {**_head(kind, "failed"), "diagnostics": [planfile.diagnostic(one) for one in diagnostics]}


def _head(kind: str, outcome: str) -> dict[str, Any]:
    return {"format_version": FORMAT_VERSION, "kind": kind, "generator": f"portal {__version__}", "outcome": outcome}


def preview(audience: Any, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of who matches an audience.

    Args:
        audience: The audience in plain form.
        answer: What the workspace counted and listed.
    """
    fields = ("count", "people", "page", "per_page", "total_pages")
    return {
        **_head("preview", "done"),
        "audience": audience,
        **{name: answer[name] for name in fields},
        "diagnostics": [],
    }


def explanation(view: Mapping[str, Any], answer: Mapping[str, Any], *, live: bool) -> dict[str, Any]:
    """Return the document of why a person is in the audience or not.

    Args:
        view: What decides access.
        answer: What the workspace found about the person.
        live: Whether the view is the live one.
    """
    fields = ("person", "in_audience", "can", "explanation")
    return {
        **_head("explanation", "done"),
        "live": live,
        "open": view["open"],
        "audience": view["audience"]["mode"],
        **{name: answer[name] for name in fields},
        "diagnostics": [],
    }


def verified(config: Config, target: str, checks: Sequence[Check]) -> dict[str, Any]:
    """Return the document of a verification.

    Args:
        config: The file.
        target: What the workspace is called.
        checks: Everything that was looked at.
    """
    outcomes = [one.outcome.value for one in checks]
    return {
        **_head("verify", "failed_checks" if "failed" in outcomes else "passed"),
        "configuration": {"name": config.name, "file": config.document.file},
        "workspace": {"target": target, "help_center": config.help_center},
        "counts": {name: outcomes.count(name) for name in ("passed", "failed", "skipped")},
        "checks": [asdict(one) for one in checks],
        "diagnostics": [],
    }

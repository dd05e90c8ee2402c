"""Status of a portal: open or not, its people, missing settings, pending changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reconciler.core import documents
from reconciler.plan.document import write
from reconciler.plan.effect import impact, prerequisites

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from reconciler.core.document_types.result import LastApply, LockHolder, StatusDocument
    from reconciler.kinds.state import State
    from reconciler.plan.model import Plan
    from reconciler.target.protocol import Target


def status_document(plan: Plan, state: State, target: Target, today: date) -> StatusDocument:
    """Build the status document, with people and last receipt from the target; `today` is in UTC."""
    now = plan.views[0]
    counted = impact.from_answer(target.compare(plan.help_center, now, now))
    listed = target.receipts(limit="1", configuration=plan.name, help_center=plan.help_center)["data"]
    settings = prerequisites.evaluate(state, (), today, prerequisites.NOTHING)
    missing = [setting for setting in settings if setting.required and not setting.status.holds_after]
    waits = _waiting(state)
    shut = plan.portal_enabled and not now["open"]
    attention = bool(plan.drift or plan.changes or state.unfinished or waits or shut)
    document = {
        **documents.head("status", "attention" if attention else "in_order"),
        "configuration": {"name": plan.name, "file": plan.file, "commit": plan.commit},
        "environment": plan.environment,
        "workspace": write.place(plan),
        "portal": {
            "enabled": state.portal.values["enabled"],
            "open": bool(now["open"]),
            "url": plan.portal_url,
            "can_open": counted.before,
            "people": counted.people,
        },
        "missing": [
            {"title": prerequisite.title, "found": prerequisite.found, "remedy": prerequisite.remedy}
            for prerequisite in missing
        ],
        "last_apply": _applied(listed[0]) if listed else None,
        "drift": len(plan.drift),
        "pending": sum(len(change.fields) for change in plan.changes),
        "verified": _verified(state),
        "lock": _lock(state.lease),
        "waiting": waits,
        "diagnostics": [documents.diagnostic(blocker) for blocker in plan.blockers],
    }
    return cast("StatusDocument", document)


def _applied(receipt: Mapping[str, Any]) -> LastApply:
    return {
        "receipt": receipt["id"],
        "outcome": receipt["outcome"],
        "by": receipt["by"],
        "at": receipt["finished_at"] or receipt["started_at"],
        "commit": receipt["commit"],
    }


def _verified(state: State) -> dict[str, Any] | None:
    entry = state.record.verification if state.record else None
    return dict(entry) if entry else None


def _waiting(state: State) -> list[dict[str, Any]]:
    """List the applies that wait for a person, each with its newest task."""
    names = ("task", "state", "receipt", "configuration", "by", "since", "addresses")
    applies = () if state.upstream is None else state.upstream.waiting
    return [{name: entry[name] for name in names} for entry in applies]


def _lock(lease: Mapping[str, Any] | None) -> LockHolder | None:
    return None if lease is None else {"holder": lease["holder"], "since": lease["acquired_at"]}

"""What apply and drift print, as versioned JSON documents (`schemas/result.schema.json`)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.apply import next_steps as onward
from reconciler.config.environments import provenance as resolving
from reconciler.core.diagnostics import error
from reconciler.core.errors import Stale
from reconciler.core.wording import where
from reconciler.plan.checks.expectations import ABILITIES
from reconciler.plan.compare.diff import same
from reconciler.plan.document import write as planfile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.apply.executor import Result
    from reconciler.apply.postcheck import Aftermath
    from reconciler.config.desired import Config
    from reconciler.config.yaml.document import Document
    from reconciler.core.advice import Advice
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.forge.publish import Published
    from reconciler.kinds.state import State
    from reconciler.operations.adopt import Adoption
    from reconciler.operations.verify.run import Verified
    from reconciler.plan.checks.expectations import Verdict
    from reconciler.plan.model import Plan

FORMAT_VERSION = "1.0"
"""Major.minor; the rule of `planfile.FORMAT_VERSION` holds here too."""

_TOLD_WITH_DRIFT = ("ignore-expires", "ignore-idle", "managed-elsewhere", "unknown-live-fields")
"""What a reader of drift should know of what a plan says: what was not looked at, until when, and who has a say too."""


def applied(plan: Mapping[str, Any], result: Result, after: Aftermath | None) -> dict[str, Any]:
    """Return the document of an apply that was begun.

    Args:
        plan: The document of what was to be done.
        result: What became of it.
        after: What was found afterwards; `None` where it failed and nobody looked.
    """
    # What the file expects was written for what an undo takes back.
    broken = after.broken if after and plan["purpose"] != "undo" else ()
    return {
        **_head("apply", result.outcome),
        "plan": dict(plan),
        "receipt": result.receipt,
        "changes": [
            {
                **_named(one),
                "outcome": result.outcomes[one["id"]].value,
                "reason": result.reasons.get(one["id"], ""),
            }
            for one in plan["changes"]
        ],
        "conflicts": [
            asdict(conflict)
            for failure in result.failures
            if isinstance(failure, Stale)
            for conflict in failure.conflicts
        ],
        "expectations": [planfile.expectation(one) for one in after.expectations] if after else [],
        "converged": after.converged if after else None,
        "portal": {"url": after.portal_url, "effective": after.portal_effective} if after else None,
        "next": onward.commands(plan, result, broken=bool(broken)),
        "diagnostics": [planfile.diagnostic(one) for one in (*result.diagnostics, *map(_broken, broken))],
    }


def _named(change: Mapping[str, Any]) -> dict[str, Any]:
    return {name: change[name] for name in ("id", "address", "title")}


def _broken(verdict: Verdict) -> Diagnostic:
    must = "must" if verdict.wanted else "must not"
    said = f"{verdict.person} {must} be able to {ABILITIES[verdict.ability]}, but now {verdict.reason}"
    return error("expectation-broken", said, remedy="portal undo takes the apply back.")


def not_applied(plan: Mapping[str, Any], forbidden: Diagnostic | None = None) -> dict[str, Any]:
    """Return the document of an apply that was not begun: forbidden, or declined.

    Args:
        plan: The document of what was to be done.
        forbidden: What forbids it, where that is not in the plan.
    """
    return {
        **_head("apply", "blocked" if forbidden or plan["outcome"] == "blocked" else "declined"),
        "plan": dict(plan),
        "receipt": None,
        "changes": [{**_named(one), "outcome": "not_attempted", "reason": ""} for one in plan["changes"]],
        "conflicts": [],
        "expectations": [],
        "converged": None,
        "portal": None,
        "next": [],
        "diagnostics": [*plan["diagnostics"], *([planfile.diagnostic(forbidden)] if forbidden else [])],
    }


def history(name: str, target: str, page: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of what was applied, newest first.

    Args:
        name: Name of the configuration; empty for every one.
        target: What the workspace is called.
        page: What the workspace answered.
    """
    return {
        **_head("history", "done"),
        "configuration": name,
        "workspace": target,
        "receipts": list(page["data"]),
        "more": page["more"],
        "diagnostics": [],
    }


def receipt(target: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of one receipt, whole."""
    return {**_head("receipt", "done"), "workspace": target, "receipt": dict(found), "diagnostics": []}


def unlocked(name: str, lease: Mapping[str, Any] | None, *, ended: bool) -> dict[str, Any]:
    """Return the document of a lock that was looked at, and ended where that was wanted."""
    outcome = "not_locked" if lease is None else ("unlocked" if ended else "locked")
    return {
        **_head("unlock", outcome),
        "configuration": name,
        "lease": None if lease is None else dict(lease),
        "diagnostics": [],
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
        "environment": plan.environment,
        "workspace": {
            "id": plan.workspace,
            "name": plan.workspace_name,
            "target": plan.target,
            "help_center": plan.help_center,
        },
        "findings": [planfile.drift(one) for one in plan.drift],
        "degraded": [planfile.diagnostic(one) for one in degraded],
        "pending": list(dict.fromkeys(pending)),
        "agreed": list(_agreed(plan)),
        "coverage": planfile.coverage(plan.coverage),
        "ignored": [planfile.ignored(one) for one in plan.ignored],
        "diagnostics": [planfile.diagnostic(one) for one in plan.diagnostics if one.code in _TOLD_WITH_DRIFT],
    }


def _agreed(plan: Plan) -> Iterator[str]:
    """Yield what is not as it was applied, and yet is in the workspace as the file wants it."""
    changed = {(change.address, field.field) for change in plan.changes for field in change.fields}
    for address, fields in plan.to_record.values.items():
        recorded = plan.recorded.values.get(address, {})
        for field, wanted in fields.items():
            if field in recorded and not same(wanted, recorded[field]) and (address, field) not in changed:
                yield f"{address} {field}"


def adopted(config: Config, state: State, found: Adoption, *, target: str, difference: str) -> dict[str, Any]:
    """Return the document of drift that was written into files.

    Args:
        config: What the files wanted before.
        state: What was observed.
        found: What became of the findings.
        target: What the workspace is called.
        difference: What changed in the files, line by line.
    """
    return {
        **_head("adoption", "adopted" if found.adopted else "nothing_to_adopt"),
        "configuration": {"name": config.name, "file": config.document.file},
        "workspace": {
            "id": state.workspace,
            "name": state.workspace_name,
            "target": target,
            "help_center": state.help_center,
        },
        "adopted": [planfile.drift(one) for one in found.adopted],
        "left": [planfile.drift(one) for one in found.left],
        "declared": list(found.declared),
        "written": list(found.written),
        "difference": difference,
        "diagnostics": [],
    }


def published(forge: str, found: Published) -> dict[str, Any]:
    """Return the document of what became of a comment or an issue.

    Args:
        forge: What the forge is called.
        found: What became of it.
    """
    return {**_head("publication", found.outcome), "forge": forge, **asdict(found), "diagnostics": []}


def fetched(forge: str, number: int, plan: Mapping[str, Any], *, reviewed: bool) -> dict[str, Any]:
    """Return the document of a plan that was fetched.

    Args:
        forge: What the forge is called.
        number: The pull request.
        plan: The plan that was written.
        reviewed: Whether it is the one that was reviewed; otherwise there is nothing left to do.
    """
    return {
        **_head("fetched", "reviewed" if reviewed else "no_changes"),
        "forge": forge,
        "number": number,
        "plan_digest": plan["digest"],
        "diagnostics": [],
    }


def resolved(config: Config, whole: Document) -> dict[str, Any]:
    """Return the document of what a file comes to, with the origin of each value.

    Args:
        config: What the file wants, in the environment that was chosen.
        whole: The file, with that environment.
    """
    found = resolving.outcome(whole, config.environment)
    return {
        **_head("resolved", "resolved"),
        "configuration": {
            "name": config.name,
            "file": whole.file,
            "digest": config.digest,
            "environment": config.environment,
        },
        "values": found.values,
        "origins": {
            where(one.path): {
                "file": one.source.file,
                "line": one.source.line,
                "column": one.source.column,
                "from": "override" if one.overridden else "base",
            }
            for one in resolving.origins(whole, config.environment)
        },
        "diagnostics": [],
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


def codes(found: Sequence[Advice]) -> dict[str, Any]:
    """Return the document of what diagnostic codes mean, and of what to do about them."""
    return {**_head("codes", "done"), "codes": [asdict(one) for one in found], "diagnostics": []}


def verified(config: Config, target: str, found: Verified, unnoted: Diagnostic | None) -> dict[str, Any]:
    """Return the document of a verification.

    Args:
        config: The file.
        target: What the workspace is called.
        found: Everything that was looked at.
        unnoted: Why the workspace was not told of it, where it should have been.
    """
    counts = found.counts
    return {
        **_head("verify", "failed_checks" if counts["failed"] else "passed"),
        "configuration": {"name": config.name, "file": config.document.file},
        "workspace": {"target": target, "help_center": config.help_center},
        "counts": counts,
        "noted": found.record is not None and unnoted is None,
        "checks": [asdict(one) for one in found.checks],
        "diagnostics": [] if unnoted is None else [planfile.diagnostic(unnoted)],
    }

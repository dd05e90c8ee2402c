"""The fleet as one versioned JSON document (`schemas/fleet.schema.json`)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.core import documents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.fleet.model import Member, Refused

FORMAT_VERSION = "1.0"
"""Major.minor; the rule of a plan document's `FORMAT_VERSION` holds here too."""

QUIET = frozenset({"no_changes", "no_drift", "nothing_to_do", "passed", "nothing_to_verify"})
"""The outcomes of members without anything to read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one member: its entry in the fleet's document, and the exit code of a command for it alone."""

    entry: Mapping[str, Any]
    exit_code: int


def settled(
    member: Member, target: str, document: Mapping[str, Any], exit_code: int, changes: int = 0, *, keep: bool = False
) -> Outcome:
    """Build the outcome of a member from its own document; without changes only diagnostics are kept, unless `keep`."""
    keep = keep or document["outcome"] not in QUIET
    return _ended(_head(member, target), document, exit_code, changes, keep=keep)


def applied(entry: Mapping[str, Any], document: Mapping[str, Any], exit_code: int) -> Outcome:
    """Build the outcome of a member's plan from its entry and the document of its apply."""
    changes = sum(change["outcome"] == "applied" for change in document["changes"])
    return _ended(_head_of(entry), document, exit_code, changes, keep=document["outcome"] not in QUIET)


def stopped(entry: Mapping[str, Any], outcome: str, exit_code: int, diagnostics: Sequence[Diagnostic] = ()) -> Outcome:
    """Build the outcome of a plan that was not begun, or whose end is unknown, with the reasons."""
    return Outcome({**_head_of(entry), **_failure(diagnostics), "outcome": outcome}, exit_code)


def _ended(
    head: Mapping[str, Any], document: Mapping[str, Any], exit_code: int, changes: int, *, keep: bool
) -> Outcome:
    entry = {
        "outcome": document["outcome"],
        "changes": changes,
        "document": document if keep else None,
        "diagnostics": document["diagnostics"],
    }
    return Outcome({**head, **entry}, exit_code)


def unchanged(member: Member, target: str, outcome: str, diagnostics: Sequence[Diagnostic]) -> Outcome:
    """Build the outcome of a member with nothing to do, with its remarks."""
    entries = [documents.diagnostic(problem) for problem in diagnostics]
    return Outcome(
        {**_head(member, target), "outcome": outcome, "changes": 0, "document": None, "diagnostics": entries}, 0
    )


def failed(member: Member, target: str, diagnostics: Sequence[Diagnostic], exit_code: int) -> Outcome:
    """Build the outcome of a failed member, with the reasons."""
    return Outcome({**_head(member, target), **_failure(diagnostics)}, exit_code)


def refused(item: Refused) -> Outcome:
    """Build the outcome of an invalid configuration, with the reasons."""
    unknown = dict.fromkeys(("environment", "workspace", "help_center"))
    head = {"name": item.name, "file": item.place.file, "line": item.place.line}
    return Outcome({**head, **unknown, **_failure(item.diagnostics)}, item.exit_code)


def _head(member: Member, target: str) -> dict[str, Any]:
    return {
        "name": member.name,
        "file": member.place.file,
        "line": member.place.line,
        "environment": member.environment,
        "workspace": target,
        "help_center": member.help_center,
    }


def _head_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    names = ("name", "file", "line", "environment", "workspace", "help_center")
    return {name: entry[name] for name in names}


def _failure(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    entries = [documents.diagnostic(problem) for problem in diagnostics]
    return {"outcome": "failed", "changes": 0, "document": None, "diagnostics": entries}


def document(
    verb: str, outcomes: Sequence[Outcome], *, created_at: str, environment: str | None, shard: tuple[int, int] | None
) -> dict[str, Any]:
    """Build the document of a fleet, or of a shard of it (its number, and of how many)."""
    entries = sorted((outcome.entry for outcome in outcomes), key=lambda entry: (entry["file"], entry["line"]))
    counts = Counter(entry["outcome"] for entry in entries)
    contents = {
        "format_version": FORMAT_VERSION,
        "kind": "fleet",
        "generator": f"portal {__version__}",
        "created_at": created_at,
        "verb": verb,
        "outcome": "completed",
        "exit_code": exit_code(verb, outcomes),
        "environment": environment,
        "shard": None if shard is None else {"number": shard[0], "of": shard[1]},
        "totals": {
            "portals": len(entries),
            "workspaces": len({entry["workspace"] for entry in entries if entry["workspace"]}),
            "changes": sum(entry["changes"] for entry in entries),
            "outcomes": dict(sorted(counts.items())),
        },
        "portals": entries,
        "diagnostics": [],
    }
    return {**contents, "digest": documents.digest(contents)}


def exit_code(verb: str, outcomes: Sequence[Outcome]) -> int:
    """Return the exit code its members agree on, else 1; interrupted and partly applied fleets have their own."""
    codes = {outcome.exit_code for outcome in outcomes} - {0}
    if stopped := codes & _STOPPED:
        return stopped.pop()
    if verb == "apply" and _in_part({outcome.entry["outcome"] for outcome in outcomes}):
        return 5
    if len(codes) > 1:
        codes.discard(2)
    return codes.pop() if len(codes) == 1 else min(len(codes), 1)


_STOPPED = frozenset({130, 143})


def _in_part(outcomes: set[str]) -> bool:
    return "applied_in_part" in outcomes or {"applied", "failed"} <= outcomes

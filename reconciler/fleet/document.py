"""What a fleet came to, as one versioned JSON document (`schemas/fleet.schema.json`)."""

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
"""Major.minor; the rule of `planfile.FORMAT_VERSION` holds here too."""

QUIET = frozenset({"no_changes", "no_drift", "nothing_to_do", "passed", "nothing_to_verify"})
"""The outcomes of a member of which nobody has to read more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one member.

    Attributes:
        entry: It, as the fleet's document shows it.
        exit_code: What the command would end with, had it been asked of this member alone.
    """

    entry: Mapping[str, Any]
    exit_code: int


def settled(
    member: Member, target: str, document: Mapping[str, Any], exit_code: int, changes: int = 0, *, keep: bool = False
) -> Outcome:
    """Return what became of a member, as the document of the same command for it alone says it.

    Args:
        target: What its workspace is called.
        document: That document; of one that has nothing to tell only what it remarks is kept.
        exit_code: What that command would end with.
        changes: How many changes there are.
        keep: Whether to keep it in any case, such as a plan that changes the record only.
    """
    told = keep or document["outcome"] not in QUIET
    return _told(_head(member, target), document, exit_code, changes, keep=told)


def followed(entry: Mapping[str, Any], document: Mapping[str, Any], exit_code: int) -> Outcome:
    """Return what came of the plan of a member.

    Args:
        entry: The member, as the document of the plans shows it.
        document: What came of it, as the document of an apply.
        exit_code: What a command for it alone would end with.
    """
    changes = sum(change["outcome"] == "applied" for change in document["changes"])
    return _told(_head_of(entry), document, exit_code, changes, keep=document["outcome"] not in QUIET)


def ended(entry: Mapping[str, Any], outcome: str, exit_code: int, diagnostics: Sequence[Diagnostic] = ()) -> Outcome:
    """Return that the plan of a member was not begun, or that nothing is known of how it ended, and why.

    Args:
        entry: The member, as the document of the plans shows it.
        exit_code: What a command for it alone would end with.
    """
    return Outcome({**_head_of(entry), **_failure(diagnostics), "outcome": outcome}, exit_code)


def _told(head: Mapping[str, Any], document: Mapping[str, Any], exit_code: int, changes: int, *, keep: bool) -> Outcome:
    entry = {
        "outcome": document["outcome"],
        "changes": changes,
        "document": document if keep else None,
        "diagnostics": document["diagnostics"],
    }
    return Outcome({**head, **entry}, exit_code)


def nothing(member: Member, target: str, outcome: str, diagnostics: Sequence[Diagnostic]) -> Outcome:
    """Return that a member is as it should be, with what is remarked all the same."""
    told = [documents.diagnostic(problem) for problem in diagnostics]
    return Outcome(
        {**_head(member, target), "outcome": outcome, "changes": 0, "document": None, "diagnostics": told}, 0
    )


def failed(member: Member, target: str, diagnostics: Sequence[Diagnostic], exit_code: int) -> Outcome:
    """Return that nothing came of a member, and why."""
    return Outcome({**_head(member, target), **_failure(diagnostics)}, exit_code)


def refused(item: Refused) -> Outcome:
    """Return that a configuration cannot be used, and why."""
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
    told = [documents.diagnostic(problem) for problem in diagnostics]
    return {"outcome": "failed", "changes": 0, "document": None, "diagnostics": told}


def document(
    verb: str, outcomes: Sequence[Outcome], *, created_at: str, environment: str | None, shard: tuple[int, int] | None
) -> dict[str, Any]:
    """Return the document of what a fleet came to.

    Args:
        verb: What was asked of it.
        outcomes: What became of each member.
        created_at: When, ISO 8601 in UTC.
        environment: The environment that was chosen.
        shard: Which part of the fleet this is: its number, and of how many.
    """
    entries = sorted((outcome.entry for outcome in outcomes), key=lambda entry: (entry["file"], entry["line"]))
    counts = Counter(entry["outcome"] for entry in entries)
    found = {
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
    return {**found, "digest": documents.digest(found)}


def exit_code(verb: str, outcomes: Sequence[Outcome]) -> int:
    """Return what the command ends with.

    That is what its members agree on, or 1 where they end for different reasons. Where it was interrupted it says so;
    where some members were applied and another failed, all of them were applied in part.

    Args:
        verb: What was asked of them.
    """
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

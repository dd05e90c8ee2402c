"""A fleet's document: the text of each member, then the counts of outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import style

from reconciler.render.plain import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.fleet import FleetDocument, FleetMember

_WORDS = {
    "plan": {
        "failed": "failed",
        "blocked": "blocked",
        "changes": "to change",
        "no_changes": "as described",
    },
    "drift": {
        "failed": "failed",
        "drift": "drifted",
        "never_applied": "never applied",
        "no_drift": "without drift",
        "look_again": "to be looked at again",
    },
    "apply": {
        "failed": "failed",
        "applied_in_part": "applied in part",
        "interrupted": "interrupted",
        "not_attempted": "not attempted",
        "blocked": "blocked",
        "declined": "declined",
        "waiting": "waiting for a person",
        "applied": "applied",
        "nothing_to_do": "as described",
    },
    "verify": {
        "failed": "failed",
        "failed_checks": "with checks that failed",
        "passed": "verified",
        "nothing_to_verify": "with nobody to verify",
    },
}
_COLOURS = {
    **dict.fromkeys(("failed", "blocked", "applied_in_part", "interrupted", "failed_checks"), "red"),
    **dict.fromkeys(("changes", "drift", "look_again", "waiting", "not_attempted"), "yellow"),
    **dict.fromkeys(("applied", "passed"), "green"),
}


def _document(verb: str, document: Any) -> str:
    from reconciler.render.text import applied, verification
    from reconciler.render.text import drift as result
    from reconciler.render.text import plan as text

    if verb == "apply":
        return applied.text(document).lstrip("\n")
    if verb == "verify":
        return "\n".join([verification.text(document), *text.diagnostic_lines(harmless(document["diagnostics"]))])
    return text.plan(document) if verb == "plan" else result.drift(document)


def outcome_words(verb: str, outcome: str) -> str:
    """Describe the outcome of a member."""
    return _WORDS[verb][outcome]


_ONLY_COUNTED = {"apply": ("nothing_to_do", "declined")}
"""Outcomes that a reader has seen already, as a plan."""


def fleet(document: FleetDocument) -> str:
    """Render a fleet's document."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: FleetDocument) -> Iterator[str]:
    for entry in document["portals"]:
        has_more = entry["document"] is not None or entry["diagnostics"]
        if has_more and entry["outcome"] not in _ONLY_COUNTED.get(document["verb"], ()):
            # One after the other: most are only counted, and a copy of all of them takes as much room again.
            yield from _member(document["verb"], _shown(entry))
    yield summary(document)


def _shown(entry: FleetMember) -> FleetMember:
    """Return a member that is harmless but for its document, whose own text sees to that."""
    shown: FleetMember = harmless({**entry, "document": None})
    shown["document"] = entry["document"]
    return shown


def _member(verb: str, entry: FleetMember) -> Iterator[str]:
    name = f" {style(entry['name'], bold=True)}" if entry["name"] else ""
    yield f"{style('──', dim=True)}{name} {entry['file']}:{entry['line']}"
    if entry["document"] is not None:
        yield _document(verb, entry["document"]).rstrip("\n")
    else:
        from reconciler.render.text import plan as text

        yield from list(text.diagnostic_lines(entry["diagnostics"]))[1:]
    yield ""


def summary(document: FleetDocument) -> str:
    """Count the members of each outcome, as a sentence with colours."""
    totals = document["totals"]
    workspaces = "1 workspace" if totals["workspaces"] == 1 else f"{totals['workspaces']:,} workspaces"
    portals = "1 portal" if totals["portals"] == 1 else f"{totals['portals']:,} portals"
    words = _WORDS[document["verb"]]
    counts = ", ".join(
        style(f"{totals['outcomes'][outcome]:,} {word}", fg=_COLOURS.get(outcome))
        for outcome, word in words.items()
        if outcome in totals["outcomes"]
    )
    shard = document["shard"]
    part = f" (part {shard['number']} of {shard['of']})" if shard else ""
    made = f" {_changes(totals['changes'])} made." if document["verb"] == "apply" and totals["changes"] else ""
    return f"{portals} in {workspaces}{part}: {counts or 'nothing to do'}.{made}"


def _changes(count: int) -> str:
    return "1 change was" if count == 1 else f"{count:,} changes were"

"""A fleet's document as text: what there is to read of each member, then how many there are of what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import style

from reconciler.render import result, text

if TYPE_CHECKING:
    from collections.abc import Iterator

Document = dict[str, Any]

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
    },
}
_COLOURS = {"failed": "red", "blocked": "red", "changes": "yellow", "drift": "yellow"}
_TEXTS = {"plan": text.plan, "drift": result.drift}


def fleet(document: Document) -> str:
    """Return the text of a fleet's document."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    for entry in document["portals"]:
        if entry["document"] is not None or entry["diagnostics"]:
            yield from _member(document["verb"], entry)
    yield _summary(document)


def _member(verb: str, entry: Document) -> Iterator[str]:
    name = f" {style(entry['name'], bold=True)}" if entry["name"] else ""
    yield f"{style('──', dim=True)}{name} {entry['file']}:{entry['line']}"
    if entry["document"] is not None:
        yield _TEXTS[verb](entry["document"]).rstrip("\n")
    else:
        yield from list(text.concerns(entry["diagnostics"]))[1:]
    yield ""


def _summary(document: Document) -> str:
    totals = document["totals"]
    workspaces = "1 workspace" if totals["workspaces"] == 1 else f"{totals['workspaces']:,} workspaces"
    portals = "1 portal" if totals["portals"] == 1 else f"{totals['portals']:,} portals"
    words = _WORDS[document["verb"]]
    counts = ", ".join(
        style(f"{totals['outcomes'][outcome]:,} {said}", fg=_COLOURS.get(outcome))
        for outcome, said in words.items()
        if outcome in totals["outcomes"]
    )
    shard = document["shard"]
    part = f" (part {shard['number']} of {shard['of']})" if shard else ""
    return f"{portals} in {workspaces}{part}: {counts or 'nothing to do'}."

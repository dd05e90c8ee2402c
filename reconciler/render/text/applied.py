"""Outcome of an apply: changes made, changes not made and why, next steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click import style

from reconciler.render.plain import harmless
from reconciler.render.text import tasks
from reconciler.render.text.plan import diagnostic_lines
from reconciler.render.text.values import value_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.result import ApplyDocument, Conflict

_OUTCOMES = {
    "applied": "applied",
    "failed": "failed",
    "unknown": "not known",
    "not_attempted": "not attempted",
    "waiting": "waits",
}
_COLOUR = {"applied": "green", "failed": "red", "unknown": "red", "not_attempted": None, "waiting": "yellow"}
_DONE = {
    "apply": "Applied {}.",
    "undo": "Undid {}.",
    "revert": "Put back {}.",
}


def text(document: ApplyDocument) -> str:
    """Render an apply's document."""
    return "\n".join(_lines(harmless(document))) + "\n"


def _lines(document: ApplyDocument) -> Iterator[str]:
    outcome, applied = document["outcome"], _count(document, "applied")
    yield ""
    if outcome == "applied":
        if document["changes"]:
            done = _DONE[document["plan"]["purpose"]].format("1 change" if applied == 1 else f"{applied} changes")
            yield style(done, fg="green", bold=True) + style(f"  Receipt {document['receipt']}.", dim=True)
        else:
            yield f"Recorded the file; nothing else changed. Receipt {document['receipt']}."
        yield from _portal(document)
        if document["plan"]["purpose"] == "undo":
            file = document["plan"]["configuration"]["file"]
            yield f"The next plan will make these changes again, unless you revert {file}, too."
    else:
        yield style(_headline(document), fg="yellow" if outcome == "waiting" else "red", bold=True)
        yield from _each(document)
    if (waits := document.get("task")) is not None:
        yield from ("", *tasks.lines(waits))
    for conflict in document["conflicts"]:
        yield from _conflict(conflict)
    yield from diagnostic_lines(document["diagnostics"])
    if document["next"]:
        yield from ("", "Next:", *(f"  {command}" for command in document["next"]))


def _count(document: ApplyDocument, outcome: str) -> int:
    return sum(change["outcome"] == outcome for change in document["changes"])


def _headline(document: ApplyDocument) -> str:
    if document["outcome"] == "applied_in_part":
        applied, changes = _count(document, "applied"), len(document["changes"])
        if not applied:
            return f"No change is confirmed; {_count(document, 'unknown')} of {changes} may have been made."
        return f"Applied in part: {applied} of {changes} changes {'was' if applied == 1 else 'were'} made."
    if document["outcome"] == "waiting":
        made, left = _count(document, "applied"), len(document["changes"])
        return f"Waiting for a person: {made} of {left} changes {'is' if made == 1 else 'are'} made."
    if document["outcome"] == "interrupted":
        return "Interrupted before anything was changed."
    return "Nothing was applied."


def _each(document: ApplyDocument) -> Iterator[str]:
    if document["outcome"] not in ("applied_in_part", "waiting") and not _count(document, "failed"):
        return
    width = max(len(item["address"]) for item in document["changes"])
    for change in document["changes"]:
        message = style(f"{_OUTCOMES[change['outcome']]:<13}", fg=_COLOUR[change["outcome"]])
        why = f"  {change['reason']}" if change["reason"] else ""
        yield f"{change['id']:>3} {message} {change['address']:<{width}}{why}".rstrip()


def _portal(document: ApplyDocument) -> Iterator[str]:
    if document["converged"] is False:
        yield style("The workspace differs from the plan; run portal plan to see what is left.", fg="yellow")
    portal = document["portal"]
    if document["plan"].get("upstream"):
        # Its address is the vendor's, and no API tells it.
        if portal and portal["effective"]:
            yield "The tickets portal is on, as far as is known."
        return
    if portal and portal["url"] and portal["effective"]:
        yield f"The tickets portal is live at {style(portal['url'], bold=True)}"
    elif portal and portal["url"]:
        yield style(
            "The tickets portal is enabled, but a required setting is not met, so nobody can open it.", fg="yellow"
        )


def _conflict(conflict: Conflict) -> Iterator[str]:
    who = (
        f", changed by {style(conflict['by'], bold=True)} at {conflict['at']} via {conflict['via']}"
        if conflict["by"]
        else ""
    )
    yield from ("", f"{style('!', fg='magenta')} {conflict['address']}  {conflict['part']}{who}")
    for message, value in (("this plan", conflict["ours"]), ("theirs", conflict["theirs"])):
        yield f"    {message}:"
        yield from (f"      {line}" for line in value_lines(_field(conflict), conflict["base"], value, value))


def _field(conflict: Conflict) -> str:
    """Name a part for readers: pages as the sections that they are."""
    return (
        "sections"
        if isinstance(conflict["base"], list) and conflict["part"] in ("draft", "live")
        else str(conflict["part"])
    )

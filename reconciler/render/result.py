"""Result documents as text: what an apply came to, and what drifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import style

from reconciler.render.text import concerns, covered, finding, ignored

if TYPE_CHECKING:
    from collections.abc import Iterator

Document = dict[str, Any]


def text(document: Document) -> str:
    """Return the text of an apply's document."""
    return "\n".join(_apply_lines(document)) + "\n"


def _apply_lines(document: Document) -> Iterator[str]:
    counts = {name: [] for name in ("applied", "failed", "not_attempted")}  # type: dict[str, list[str]]
    for change in document["changes"]:
        counts[change["outcome"]].append(change["address"])
    yield ""
    if document["outcome"] == "applied":
        yield style(f"Applied {_changes(len(counts['applied']))}.", fg="green", bold=True)
        yield from _portal(document)
        return
    yield style("The plan was applied in part." if counts["applied"] else "Nothing was applied.", fg="red", bold=True)
    for name, said in (("applied", "applied"), ("failed", "failed"), ("not_attempted", "not attempted")):
        if counts[name]:
            yield f"  {said}: {', '.join(counts[name])}"
    yield from concerns(document["diagnostics"])
    if counts["applied"]:
        yield from ("", "Run portal plan to see what is left, and portal apply to go on.")


def _changes(count: int) -> str:
    return "1 change" if count == 1 else f"{count} changes"


def _portal(document: Document) -> Iterator[str]:
    if not document["converged"]:
        yield style(
            "The workspace is not yet as the file describes it; run portal plan to see what is left.", fg="yellow"
        )
    portal = document["portal"]
    if portal["url"] and portal["effective"]:
        yield f"The tickets portal is live at {style(portal['url'], bold=True)}"
    elif portal["url"]:
        yield style(
            "The tickets portal is enabled, but a required setting is not met, so nobody can open it.", fg="yellow"
        )


def drift(document: Document) -> str:
    """Return the text of a drift document."""
    return "\n".join(_drift_lines(document)) + "\n"


def _drift_lines(document: Document) -> Iterator[str]:
    where = f"{document['workspace']['name']}, Help Center {document['workspace']['help_center']}"
    findings = document["findings"]
    if document["outcome"] == "never_applied":
        name = document["configuration"]["name"]
        yield f"No record. {name} was never applied to {where}, so nothing can have drifted."
    elif document["outcome"] == "no_drift":
        yield f"No drift. Nobody changed what {document['configuration']['file']} manages in {where}."
    if not findings:
        yield covered(document["coverage"])
    else:
        yield style(f"Drift in {where}", bold=True)
        for one in findings:
            yield ""
            yield from finding(one)
    yield from ignored(document["ignored"])
    yield from concerns([*document["degraded"], *document["diagnostics"]])
    if document["pending"]:
        yield from ("", f"Not drift, but not applied yet: {', '.join(document['pending'])}")
    if findings:
        yield from ("", covered(document["coverage"]), _counted(len(findings)))


def _counted(count: int) -> str:
    fields = "1 field" if count == 1 else f"{count} fields"
    return f"Drift: {fields} changed. portal apply puts back what the file says."

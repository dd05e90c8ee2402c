"""Result documents as text: what drifted, and what a verification found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import style

from reconciler.render.text import concerns, covered, finding, ignored

if TYPE_CHECKING:
    from collections.abc import Iterator

Document = dict[str, Any]


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

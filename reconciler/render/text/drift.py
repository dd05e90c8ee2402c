"""Drift and adoption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click import style

from reconciler.render.known import seen
from reconciler.render.plain import harmless
from reconciler.render.risks import drifted_open
from reconciler.render.text.difference import difference
from reconciler.render.text.plan import access_lines, covered, diagnostic_lines, finding, ignored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.result import AdoptionDocument, DriftDocument


def drift(document: DriftDocument) -> str:
    """Render a drift document."""
    return "\n".join(_drift_lines(harmless(document))) + "\n"


def _drift_lines(document: DriftDocument) -> Iterator[str]:
    where = f"{document['workspace']['name']}, Help Center {document['workspace']['help_center']}"
    findings = document["findings"]
    if document["outcome"] == "never_applied":
        name = document["configuration"]["name"]
        yield f"No record. {name} was never applied to {where}, so nothing can have drifted."
    elif document["outcome"] == "no_drift":
        file = document["configuration"]["file"]
        yield f"No drift. Nobody changed what {file} manages in {where}{_as_far(document)}."
    elif document["outcome"] == "look_again":
        yield style(f"No drift is seen in {where}, but an attestation needs another look.", fg="yellow", bold=True)
    if not findings:
        yield covered(document["coverage"])
    else:
        yield style(f"Drift in {where}", bold=True)
        yield from _people(document)
        for item in findings:
            yield ""
            yield from finding(item)
    yield from _doubts(document)
    yield from ignored(document["ignored"])
    yield from diagnostic_lines([*document["degraded"], *document["diagnostics"]])
    if document["agreed"]:
        agreed = ", ".join(document["agreed"])
        yield from ("", f"Changed since the last apply, and the file agrees: {agreed}. The next apply records it.")
    if document["pending"]:
        yield from ("", f"Not drift, but not applied yet: {', '.join(document['pending'])}")
    if findings:
        yield from ("", covered(document["coverage"]), _counted(len(findings)))
    if upstream := document.get("upstream"):
        yield from ("", f"{seen(upstream)}.")


def _as_far(document: DriftDocument) -> str:
    return ", as far as can be seen" if document.get("upstream") else ""


def _doubts(document: DriftDocument) -> Iterator[str]:
    """Yield the fields to look at again, with the remedy."""
    doubts = document.get("doubts", [])
    for item in doubts:
        yield ""
        yield f"{style('?', fg='yellow')} {item['address']}  {item['field']}  {item['doubt']}"
        yield f"    attested by {item['by']} at {item['as_of']}, until {item['until']}"
        yield f"    {item['why']}"
    if doubts:
        yield from ("", "portal apply opens a task for each: look at the screen, and confirm what is there.")


def _people(document: DriftDocument) -> Iterator[str]:
    """Yield the people affected by the drift, before anything else."""
    if opened := drifted_open(document):
        yield style(f"! {opened}", fg="red", bold=True)
    if access := document.get("access"):
        _, *lines = access_lines(access)
        yield from lines


def adopted(document: AdoptionDocument) -> str:
    """Render the document of an adoption."""
    return "\n".join(_adopted_lines(harmless(document), document["difference"])) + "\n"


def _adopted_lines(document: AdoptionDocument, changed: str) -> Iterator[str]:
    where = f"{document['workspace']['name']}, Help Center {document['workspace']['help_center']}"
    file = document["configuration"]["file"]
    if document["adopted"]:
        yield style(f"Adopted from {where}", bold=True)
        for item in document["adopted"]:
            yield ""
            yield from finding(item)
        yield from ("", *difference(changed.splitlines()), "")
        written = " and ".join(document["written"]) or file
        say = "say" if len(document["written"]) > 1 else "says"
        yield f"{written} now {say} what the workspace has: {_fields(len(document['adopted']))}. The next portal apply"
        yield "changes nothing there and records it; until then portal drift says that both agree."
    elif document["left"]:
        yield f"Nothing was adopted from {where}."
    else:
        yield f"Nothing to adopt: nobody changed what {file} manages in {where}."
    if document["declared"]:
        yield f"Declared as well, because an adopted rule names it: {', '.join(document['declared'])}"
    if document["left"]:
        yield ""
        yield "Not adopted; to adopt it, name it:"
        for entry in document["left"]:
            why = "  (the file changed too)" if entry["origin"] == "conflict" else ""
            yield f"  --only {entry['address']}.{entry['field']}{why}"


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def _counted(count: int) -> str:
    return (
        f"Drift: {_fields(count)} changed. portal apply restores the values of the file;\n"
        "portal drift --adopt writes the values of the workspace into the file."
    )

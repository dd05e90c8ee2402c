"""Drift as an issue: a title that says it, a table, and remedies."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from click import unstyle

from reconciler.render.escape import code, escaped, fence, fitted, folded, prose
from reconciler.render.known import seen
from reconciler.render.plain import harmless, line, short
from reconciler.render.risks import drifted_open
from reconciler.render.text.plan import finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.document_types.result import DriftDocument

_ROOM = 50_000
"""The most characters of the details: GitHub takes 65,536 for all of an issue."""
_MOST_TITLE = 200


def is_needed(document: DriftDocument) -> bool | None:
    """Tell whether an issue is needed; `None` where drift cannot be known, because nothing was applied yet."""
    outcome = {"drift": True, "look_again": True, "no_drift": False, "never_applied": None}
    return outcome[document["outcome"]]


def title(document: DriftDocument) -> str:
    """Return the title of a drift document's issue, the same for any drift."""
    where = document["environment"] or document["workspace"]["name"]
    return short(line(f"portal drift: {document['configuration']['name']} in {where}"), _MOST_TITLE)


def body(document: DriftDocument) -> str:
    """Write the Markdown of a drift document's issue. Its first line is the mark it is found again by."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: DriftDocument) -> Iterator[str]:
    configuration, workspace = document["configuration"], document["workspace"]
    named = {"name": configuration["name"], "environment": document["environment"]}
    words = (f"{key}={quote(value, safe='').replace('--', '-%2D')}" for key, value in named.items() if value)
    yield f"<!-- portal drift {' '.join(words)} -->"
    where = f"{code(workspace['name'])}, Help Center {code(workspace['help_center'])}"
    if document["outcome"] == "no_drift":
        yield from (f"No drift any more in {where}.", "")
    elif document["outcome"] == "look_again":
        yield from (f"No drift is seen in {where}, and somebody has to look again:", "")
    else:
        count = len(document["findings"])
        if opened := drifted_open(document):
            yield from (f"**⚠️ {prose(opened)}**", "")
        if access := document.get("access"):
            before, after, people = access["before"]["count"], access["after"]["count"], access["people"]
            gained, lost = access["gained"]["count"], access["lost"]["count"]
            yield f"People who can open the portal: {before:,} → {after:,} of {people:,} (+{gained:,} −{lost:,})"
            yield ""
        yield f"Somebody changed {count} managed field{'' if count == 1 else 's'} in {where} since the last apply."
        yield ""
        yield from _findings(document)
    yield from _doubts(document)
    commit = configuration["commit"]
    at = f" at commit {code(commit)}" if commit else ""
    yield f"{code(configuration['file'])}{at}, by {code(document['generator'])}"


def _doubts(document: DriftDocument) -> Iterator[str]:
    for doubt in document.get("doubts", []):
        yield f"- ❓ {_title(doubt)} {doubt['doubt']}: {prose(doubt['why'])}"
    if upstream := document.get("upstream"):
        yield from ("", prose(f"{seen(upstream)}."), "")


def _findings(document: DriftDocument) -> Iterator[str]:
    for item in document["degraded"]:
        yield from (f"- ⛔ {code(item['summary'], 600)}", "")
    if not document["findings"]:
        return
    rows = [_row(field) for field in document["findings"]]
    details = [
        folded(_title(entry), fence([unstyle(message) for message in finding(harmless(entry))], ""))
        for entry in document["findings"]
    ]
    yield from ("| field | changed by | at | via |", "|---|---|---|---|")
    yield from fitted(rows, _ROOM // 2, "| … | {} more | | |")
    yield from fitted(details, _ROOM // 2, "\n… {} more left out here; portal drift shows all")
    yield from ("", "To put back what the file says, or to write into the file what the workspace has:", "")
    yield from (fence([*_commands(document)], "sh"), "")


def _title(entry: Mapping[str, Any]) -> str:
    return f"{code(entry['address'])} {code(entry['field'])}"


def _row(entry: Mapping[str, Any]) -> str:
    by = entry["by"] or {"by": "somebody the log no longer names", "at": "", "via": ""}
    both = " (the file changed it too)" if entry["origin"] == "conflict" else ""
    return f"| {_title(entry)}{both} | {escaped(by['by'])} | {escaped(by['at'])} | {escaped(by['via'])} |"


def _commands(document: DriftDocument) -> Iterator[str]:
    where = ["--file", document["configuration"]["file"]]
    if document["environment"]:
        where += ["--env", document["environment"]]
    for answer in (["--revert", "--out", "plan.json"], ["--adopt"]):
        yield line(shlex.join(["portal", "drift", *where, *answer]))

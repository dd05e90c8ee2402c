"""A plan document as workflow commands of GitHub: annotations at the lines of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.plain import line
from reconciler.render.risks import place, risks
from reconciler.render.text import plan as text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.plan import FailedPlan, PlanDocument, Source

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
_OUTCOME = {
    "failed": "no plan could be made",
    "blocked": "blocked",
    "changes": "may be applied",
    "no_changes": "no changes",
}


def plan(document: PlanDocument | FailedPlan) -> str:
    """Write a line for each diagnostic and each risky change, errors first, and a summary."""
    return "".join(f"{line}\n" for line in _lines(document))


def _lines(document: PlanDocument | FailedPlan) -> Iterator[str]:
    for severity, command in _COMMANDS.items():
        for diagnostic in document["diagnostics"]:
            if diagnostic["severity"] == severity:
                message = (
                    f"{diagnostic['summary']}\n{diagnostic['remedy']}"
                    if diagnostic["remedy"]
                    else diagnostic["summary"]
                )
                yield _command(command, diagnostic["source"], diagnostic["code"], message)
        if severity == "warning":
            yield from _risky(document)
    counts = text.counted(document)
    yield _command("notice", None, "portal plan", f"{_OUTCOME[document['outcome']]}{': ' if counts else ''}{counts}")


def _risky(document: PlanDocument | FailedPlan) -> Iterator[str]:
    for risk in risks(document):
        for change in risk.changes:
            message = f"{risk.title}: change {change['id']}, {change['address']}"
            yield _command("notice", place(change), risk.name.replace("_", "-"), message)


def _command(name: str, source: Source | None, title: str, message: str) -> str:
    given = {"file": source["file"], "line": source["line"], "col": source["column"]} if source else {}
    words = ",".join(f"{key}={_property(str(value))}" for key, value in {**given, "title": title}.items())
    return f"::{name} {words}::{_data(message)}"


def _data(value: str) -> str:
    shown = "\n".join(line(splitline) for splitline in value.splitlines())
    return shown.replace("%", "%25").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")

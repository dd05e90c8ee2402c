"""Tasks as an issue: one for each environment that waits, with the tasks in it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from click import unstyle

from reconciler.render.escape import code, fence, fitted, prose
from reconciler.render.plain import line, short
from reconciler.render.text import tasks as text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.result import TaskList

_ROOM = 50_000
"""The most characters of the tasks: GitHub takes 65,536 for all of an issue."""
_MOST_TITLE = 200


def is_needed(document: TaskList) -> bool:
    """Tell whether an issue is needed."""
    return document["outcome"] == "waiting"


def title(document: TaskList) -> str:
    """Return the title of the issue, the same for any tasks."""
    where = document["environment"] or document["workspace"]
    return short(line(f"portal waits for a person: {document['configuration']} in {where}"), _MOST_TITLE)


def body(document: TaskList) -> str:
    """Write the Markdown of the issue. Its first line is the mark it is found again by."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: TaskList) -> Iterator[str]:
    named = {"name": document["configuration"], "environment": document["environment"]}
    words = (f"{key}={quote(value, safe='').replace('--', '-%2D')}" for key, value in named.items() if value)
    yield f"<!-- portal tasks {' '.join(words)} -->"
    if not document["tasks"]:
        yield from (f"No task is open any more in {code(document['workspace'])}.", "")
    tasks = [fence([unstyle(line) for line in text.lines(task)], "") for task in document["tasks"]]
    yield from fitted(tasks, _ROOM, "\n… {} more; portal tasks lists all")
    if document["tasks"]:
        yield from ("", prose("`portal task done` confirms a task; what is written or ticked here is no evidence."), "")
    yield f"By {code(document['generator'])}"

"""Changes with their values before and after and their sources; and drift."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click import unstyle

from reconciler.render.html.elements import Html, code, el, joined, spaced
from reconciler.render.known import unseen
from reconciler.render.plain import short
from reconciler.render.risks import RISKS
from reconciler.render.text import plan as text
from reconciler.render.text.values import field_lines, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.core.document_types.plan import Change, ChangedField, DriftFinding, Operation, Source

_MOST_VALUE = 400
_MOST_LINES = 400
_KINDS = {"+": "added", "-": "removed", "~": "changed", "↕": "moved"}
_ACTIONS = {"create": "new", "update": "changes", "delete": "goes away"}
_COLUMNS = ("Field", "Before", "After", "Where")
WORDS = {risk: title[0].lower() + title[1:] for risk, title in RISKS.items()}
"""The names of risks within a sentence."""


def section(changes: Sequence[Change]) -> Html | None:
    """Render the changes, in their order; nothing where there are none."""
    if not changes:
        return None
    head = el(
        "thead", el("tr", *(el("th", column, scope="col", role="columnheader") for column in _COLUMNS), role="row")
    )
    table = el("table", head, *map(_change, changes), role="table", class_="changes")
    return el(
        "section",
        el("h2", "Changes, in the order in which they are made", id="changes"),
        table,
        aria_labelledby="changes",
    )


def lines(texts: Iterable[str]) -> Html:
    """Render the lines of a difference, each marked by its beginning."""
    rows = list(texts)
    if len(rows) > _MOST_LINES:
        half = _MOST_LINES // 2
        rows = [*rows[:half], f"… {len(rows) - 2 * half} lines left out …", *rows[-half:]]
    return el("pre", *(_line(row) for row in rows), class_="lines")


def place(source: Source | None) -> Html | None:
    """Render a source."""
    if source is None:
        return None
    return el("span", f"{source['file']}:{source['line']}", class_="place", title=source["text"].strip())


def _line(name: str) -> Html:
    kind = _KINDS.get(name.lstrip()[:1]) if name.lstrip()[1:2] == " " else None
    return el("span", short(name, _MOST_VALUE), class_=f"line {kind}" if kind else "line")


def _change(change: Change) -> Html:
    chips = [el("span", WORDS[risk], class_=f"chip {risk}") for risk in change["risks"] if risk != "none"]
    title = el(
        "div",
        *spaced(
            el("span", change["id"], class_="step"),
            el("span", change["title"], class_="title"),
            code(change["address"]),
            el("span", _ACTIONS[change["action"]], class_=f"action {change['action']}"),
            *chips,
            el("span", f"only {change['reason']}", class_="quiet") if change["reason"] else None,
        ),
    )
    heading = el("th", title, colspan=len(_COLUMNS), scope="rowgroup", role="rowheader")
    rows = [_field(field) for field in change["fields"]]
    return el("tbody", el("tr", heading, role="row"), *rows, _requests(change["operations"]), role="rowgroup")


def _field(field: ChangedField) -> Html:
    name = _cell("Field", code(field["field"]))
    where = _cell("Where", place(field["source"]))
    if any(isinstance(field.get(side), (list, dict)) for side in ("before", "after")):
        results = [unstyle(line) for line in field_lines(field)]
        becomes = el("td", lines(results), colspan=2, role="cell", class_="whole")
        return el("tr", name, becomes, where, role="row", class_="field")
    before = _cell("Before", _value(field, "before"), "before")
    return el("tr", name, before, _cell("After", _value(field, "after"), "after"), where, role="row", class_="field")


def _value(field: Mapping[str, Any], side: str) -> Html:
    if side not in field:
        if side == "before" and unseen(field):
            return el("span", "not known", class_="quiet")
        return el("span", "–", class_="quiet")
    return code(short(shown(field[side]), _MOST_VALUE))


def _cell(label: str, content: Html | None, *classes: str) -> Html:
    message = " ".join((*classes, *(() if content else ("empty",))))
    return el("td", content, role="cell", data_label=label, class_=message or None)


def _requests(operations: Sequence[Operation]) -> Html | None:
    if not operations:
        return None
    html = joined(
        el(
            "pre",
            el("strong", f"{operation['method']} {operation['path']}"),
            Html("\n"),
            json.dumps(operation["body"], ensure_ascii=False),
            class_="request",
        )
        for operation in operations
    )
    what = "the request" if len(operations) == 1 else f"the {len(operations)} requests"
    folded = el("details", el("summary", f"Show {what} that will be sent"), html)
    return el("tr", el("td", folded, colspan=len(_COLUMNS), role="cell", class_="whole"), role="row", class_="sent")


def drift(findings: Sequence[DriftFinding]) -> Html | None:
    """Render the drift; nothing where there is none."""
    if not findings:
        return None
    return el(
        "section",
        el("h2", "Changed by somebody else since the last apply", id="drift"),
        el("ul", *map(_finding, findings), class_="cards"),
        aria_labelledby="drift",
    )


def _finding(finding: DriftFinding) -> Html:
    _, *rest = (unstyle(row) for row in text.finding(finding))
    by = finding["by"]
    who = joined((el("strong", by["by"]), " at ", el("time", by["at"]), f" via {by['via']}")) if by else None
    return el(
        "li",
        el("p", code(finding["address"]), " ", code(finding["field"]), " ", place(finding["source"])),
        el("p", "by ", who) if who else el("p", "by somebody the log no longer names"),
        lines(row.removeprefix("    ") for row in rest),
    )

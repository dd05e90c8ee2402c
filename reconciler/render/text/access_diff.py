"""Everybody who gains or loses access, in text, CSV and JSON: written as the answers come, and never held."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click import style

from reconciler.core.documents import diagnostic
from reconciler.core.errors import PortalError
from reconciler.render.plain import harmless, spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.core.document_types.plan import ChangedPerson

SIGNS = {"gained": ("+", "green"), "lost": ("-", "red"), "sees_more": ("+", "green"), "sees_less": ("-", "red")}
CHANGES = {
    "gained": "gain access",
    "lost": "lose access",
    "sees_more": "will see their colleagues' tickets",
    "sees_less": "will see only their own tickets",
}
_COLUMNS = ("change", "email", "name", "id", "external_id", "companies", "company", "why")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""The characters that begin a formula in a spreadsheet."""


def text(people: Iterable[ChangedPerson], head: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a list for people, each with its end, and their number."""
    workspace = harmless(head["workspace"])
    yield f"Access in {workspace['name']}, Help Center {workspace['help_center']}\n\n"
    counts = dict.fromkeys(SIGNS, 0)
    for person in people:
        counts[person["change"]] += 1
        yield f"{line(person)}\n"
    results = [f"{count:,} {CHANGES[change]}" for change, count in counts.items() if count]
    yield f"\n{', '.join(results)}.\n" if results else "Nobody gains or loses access.\n"


def line(changed_person: ChangedPerson) -> str:
    """Write the line of one person: name, companies, reason."""
    shown: ChangedPerson = harmless(changed_person)
    sign, colour = SIGNS[shown["change"]]
    who = shown["email"] or shown["name"] or shown["external_id"] or shown["id"]
    more = "" if shown["change"] in ("gained", "lost") else f"{CHANGES[shown['change']]}: "
    of = ", ".join(shown["companies"]) or "no company"
    return f"{style(sign, fg=colour)} {who} ({of}): {more}{style(shown['why'], dim=True)}"


def as_csv(people: Iterable[ChangedPerson]) -> Iterator[str]:
    """Yield the rows of a table, the first with the names of the columns; no cell is a formula."""
    yield _row(_COLUMNS)
    for person in people:
        cells: Mapping[str, Any] = {**person, "companies": "; ".join(person["companies"])}
        yield _row([_cell(cells[name]) for name in _COLUMNS])


def _row(cells: Iterable[str]) -> str:
    # Loaded for a table only: a plan has the lines of this module, too.
    import csv
    import io

    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue()


def _cell(value: str | None) -> str:
    shown = str(harmless(value or ""))
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def as_json(people: Iterable[ChangedPerson], head: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parts of a document: the people first, since only then it is known how it ended.

    Raises PortalError for a failure on the way, after the document that reports it.
    """
    counts = dict.fromkeys(SIGNS, 0)
    failed: PortalError | None = None
    yield '{\n  "people": ['
    try:
        for person in people:
            yield ("," if any(counts.values()) else "") + "\n    " + spelled(json.dumps(person, ensure_ascii=False))
            counts[person["change"]] += 1
    except PortalError as problem:
        failed = problem
    ended = {"outcome": "failed"} if failed else {}
    diagnostics = [diagnostic(item) for item in (failed.diagnostics if failed else ())]
    rest = json.dumps({"counts": counts, **head, **ended, "diagnostics": diagnostics}, indent=2, ensure_ascii=False)
    yield "\n  ],\n" + spelled(rest).removeprefix("{\n") + "\n"
    if failed:
        raise failed

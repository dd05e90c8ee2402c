"""Tasks for a person: the screen, its place, the values to enter, and the read-back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import style

from reconciler.render.plain import harmless
from reconciler.render.text.plan import diagnostic_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_WIDTH = 8
_STATES = {"open": "yellow", "done": "green", "contradicted": "red", "abandoned": None}


def task(document: Mapping[str, Any]) -> str:
    """Render the document of one task."""
    remarks = diagnostic_lines(harmless(document["diagnostics"]))
    return "\n".join([*lines(document["task"]), *remarks]) + "\n"


def tasks(documents: Sequence[Mapping[str, Any]]) -> str:
    """Render a list of tasks, one a line."""
    if not documents:
        return "No tasks.\n"
    rows = [_row(harmless(document)) for document in documents]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    shown = []
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        cells[1] = style(cells[1], fg=_STATES[row[1]])
        shown.append("  ".join(cells).rstrip())
    return "\n".join(shown) + "\n"


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of one task."""
    task = harmless(document)
    screen = task["screen"]
    yield style(_title(task), bold=True)
    for label, texts in _parts(task, screen):
        for place, text in enumerate(texts):
            # Blanks stay bare: what a line is indented by is counted from them.
            yield f"{style(f'{label:<{_WIDTH}}', dim=True) if not place else ' ' * _WIDTH}{text}"


def _row(entry: Mapping[str, Any]) -> list[str]:
    of = entry["receipt"] or ""
    who = entry["ended_by"] or entry["opened_by"]
    return [
        entry["id"],
        entry["state"],
        entry["address"],
        ", ".join(entry["fields"]),
        of,
        entry["ended_at"] or entry["opened_at"],
        who,
    ]


def _title(entry: Mapping[str, Any]) -> str:
    order = entry["screen"]["place_in_order"]
    which = f"Task {order['number']} of {order['of']} ({entry['id']})" if order else f"Task {entry['id']}"
    minutes = entry["screen"]["minutes"]
    about = f"about {minutes} minute{'' if minutes == 1 else 's'}"
    state = "needs a person" if entry["state"] == "open" else entry["state"]
    return f"{which} · {entry['address']} · {about} · {state}"


def _parts(entry: Mapping[str, Any], screen: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[str]]]:
    if why := list(_why(entry)):
        yield "Why", why
    yield "Where", list(_where(screen["place"]))
    yield "Before", [_before(entry)]
    yield "Enter", screen["enter"]
    yield "Save", [screen["save"]]
    yield "Then", list(_then(entry, screen["read_back"]))
    if past := list(_history(entry)):
        yield "So far", past


def _why(entry: Mapping[str, Any]) -> Iterator[str]:
    if reason := entry["screen"]["change_reason"]:
        yield reason[0].upper() + reason[1:]
    numbers = entry["reason"]
    if not numbers:
        return
    lose = "lose it" if numbers["gained"] else "lose access"
    words = {"gained": "gain access", "lost": lose, "sees_more": "see more tickets", "sees_less": "see fewer"}
    counts = [f"{numbers[name]} people {word}" for name, word in words.items() if numbers[name]]
    whole = "complete" if numbers["complete"] else "incomplete"
    seen = f"mirror of {numbers['as_of']}, {whole}" if numbers["as_of"] else "nobody is mirrored"
    yield f"{', '.join(counts) or 'Nobody gains or loses access'} ({seen})"


def _where(place: Mapping[str, Any]) -> Iterator[str]:
    yield f"{' › '.join(place['path'])}    ({place['dated']}; labels may differ)"
    if place["older"]:
        yield f"older accounts: {' › '.join(place['older'])}    ({place['older_dated']})"


def _before(entry: Mapping[str, Any]) -> str:
    before = entry["before"]
    if before["noted"]:
        noted = before["noted"]
        text = noted["text"] if noted["text"] is not None else _shown(noted["values"])
        return f"{text}    (noted by {noted['by']} at {noted['at']})"
    if before["known"]:
        return _shown(before["values"])
    return f"Note what is there now: portal task before {entry['id']} VALUE    (an undo needs it)"


def _shown(values: Mapping[str, Any]) -> str:
    import json

    return ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())


def _then(entry: Mapping[str, Any], query: Mapping[str, Any]) -> Iterator[str]:
    if query["kind"] == "none":
        yield f"portal task done {entry['id']}"
    else:
        yield f"{query['question']}: portal task done {entry['id']} --read-back VALUE{_expected(query)}"
    policy = entry["policy"]
    if policy["people"] > 1:
        yield f"{policy['people']} people have to confirm it"
    if policy["author"]:
        yield f"somebody else than {policy['author']} has to confirm it"


def _expected(query: Mapping[str, Any]) -> str:
    count = query["count"]
    if not count:
        return ""
    changed = f"; {count['changed_today']} changed today" if count["changed_today"] else ""
    return f"    (we expect {count['people']}{changed})"


def _history(entry: Mapping[str, Any]) -> Iterator[str]:
    for confirmation in entry["confirmations"]:
        read = f": {confirmation['read_back']}" if confirmation["read_back"] else ""
        note = f"  “{confirmation['note']}”" if confirmation["note"] else ""
        yield f"{confirmation['by']} confirmed it at {confirmation['at']} ({confirmation['method']}{read}){note}"
    if entry["state"] != "open":
        why = f": {entry['why']}" if entry["why"] else ""
        yield f"{entry['state']} by {entry['ended_by']} at {entry['ended_at']}{why}"

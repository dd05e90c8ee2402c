"""What a person has to do, as text: one screen, where it is, what to enter, and what to read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import style

from reconciler.render.plain import harmless
from reconciler.render.text.plan import concerns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_WIDTH = 8
_STATES = {"open": "yellow", "done": "green", "contradicted": "red", "abandoned": None}


def task(document: Mapping[str, Any]) -> str:
    """Return the text of the document of one task."""
    told = concerns(harmless(document["diagnostics"]))
    return "\n".join([*lines(document["task"]), *told]) + "\n"


def tasks(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return a list of tasks, one a line."""
    if not documents:
        return "No tasks. Nobody is waited for.\n"
    rows = [_row(harmless(one)) for one in documents]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    shown = []
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        cells[1] = style(cells[1], fg=_STATES[row[1]])
        shown.append("  ".join(cells).rstrip())
    return "\n".join(shown) + "\n"


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of one task."""
    found = harmless(document)
    screen = found["screen"]
    yield style(_title(found), bold=True)
    for label, texts in _parts(found, screen):
        for place, text in enumerate(texts):
            head = style(f"{label if not place else '':<{_WIDTH}}", dim=True)
            yield f"{head}{text}"


def _row(one: Mapping[str, Any]) -> list[str]:
    of = one["receipt"] or ""
    who = one["ended_by"] or one["opened_by"]
    return [
        one["id"],
        one["state"],
        one["address"],
        ", ".join(one["fields"]),
        of,
        one["ended_at"] or one["opened_at"],
        who,
    ]


def _title(one: Mapping[str, Any]) -> str:
    order = one["screen"]["place_in_order"]
    which = f"Task {order['number']} of {order['of']} ({one['id']})" if order else f"Task {one['id']}"
    minutes = one["screen"]["minutes"]
    about = f"about {minutes} minute{'' if minutes == 1 else 's'}"
    state = "needs a person" if one["state"] == "open" else one["state"]
    return f"{which} · {one['address']} · {about} · {state}"


def _parts(one: Mapping[str, Any], screen: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[str]]]:
    if why := list(_why(one)):
        yield "Why", why
    yield "Where", list(_where(screen["place"]))
    yield "Before", [_before(one)]
    yield "Enter", screen["enter"]
    yield "Save", [screen["save"]]
    yield "Then", list(_then(one, screen["read_back"]))
    if said := list(_said(one)):
        yield "So far", said


def _why(one: Mapping[str, Any]) -> Iterator[str]:
    if reason := one["screen"]["change_reason"]:
        yield reason[0].upper() + reason[1:]
    numbers = one["reason"]
    if not numbers:
        return
    words = {"gained": "gain access", "lost": "lose it", "sees_more": "see more tickets", "sees_less": "see fewer"}
    told = [f"{numbers[name]} people {said}" for name, said in words.items() if numbers[name]]
    whole = "complete" if numbers["complete"] else "incomplete"
    seen = f"mirror of {numbers['as_of']}, {whole}" if numbers["as_of"] else "nobody is mirrored"
    yield f"{', '.join(told) or 'Nobody gains or loses access'} ({seen})"


def _where(place: Mapping[str, Any]) -> Iterator[str]:
    yield f"{' › '.join(place['path'])}    ({place['dated']}; labels may differ)"
    if place["older"]:
        yield f"older accounts: {' › '.join(place['older'])}    ({place['older_dated']})"


def _before(one: Mapping[str, Any]) -> str:
    before = one["before"]
    if before["noted"]:
        noted = before["noted"]
        said = noted["text"] if noted["text"] is not None else _shown(noted["values"])
        return f"{said}    (noted by {noted['by']} at {noted['at']})"
    if before["known"]:
        return _shown(before["values"])
    return f"Note what is there now: portal task before {one['id']} VALUE    (an undo needs it)"


def _shown(values: Mapping[str, Any]) -> str:
    import json

    return ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())


def _then(one: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[str]:
    if asked["kind"] == "none":
        yield f"portal task done {one['id']}"
    else:
        yield f"{asked['question']}: portal task done {one['id']} --read-back VALUE{_expected(asked)}"
    policy = one["policy"]
    if policy["people"] > 1:
        yield f"{policy['people']} people have to confirm it"
    if policy["author"]:
        yield f"somebody else than {policy['author']} has to confirm it"


def _expected(asked: Mapping[str, Any]) -> str:
    count = asked["count"]
    if not count:
        return ""
    changed = f"; {count['changed_today']} changed today" if count["changed_today"] else ""
    return f"    (we expect {count['people']}{changed})"


def _said(one: Mapping[str, Any]) -> Iterator[str]:
    for said in one["confirmations"]:
        read = f": {said['read_back']}" if said["read_back"] else ""
        note = f"  “{said['note']}”" if said["note"] else ""
        yield f"{said['by']} confirmed it at {said['at']} ({said['method']}{read}){note}"
    if one["state"] != "open":
        why = f": {one['why']}" if one["why"] else ""
        yield f"{one['state']} by {one['ended_by']} at {one['ended_at']}{why}"

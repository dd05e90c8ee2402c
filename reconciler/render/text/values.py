"""Values and their changes in text: scalars, rules as indented trees, homepage sections with their moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import style

from reconciler.core.matching import unmoved
from reconciler.rules import model as rules
from reconciler.rules import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ADDED, REMOVED, CHANGED, MOVED = (
    style("+", fg="green"),
    style("-", fg="red"),
    style("~", fg="yellow"),
    style("↕", fg="cyan"),
)


def shown(value: Any) -> str:
    """Return a value in one line."""
    match value:
        case None:
            return "not set"
        case True | False:
            return str(value).lower()
        case list():
            return ", ".join(shown(one) for one in value) or "none"
        case dict():
            return ", ".join(f"{key} {shown(one)}" for key, one in value.items()) or "none"
    return str(value)


def field_lines(field: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that say what becomes of a field; the first has its name."""
    name, after = field["field"], field.get("after", _ABSENT)
    before = field.get("before", _ABSENT)
    if after is _ABSENT:
        yield f"{name}  {style(shown(before), fg='red')}"
    elif name == "sections":
        yield name
        yield from ("  " + line for line in section_lines([] if before is _ABSENT else before, after))
    elif _rule_of(after) is not None or _rule_of(before) is not None:
        yield from rule_lines(name, before, after, field["declared"])
    elif before is _ABSENT:
        yield f"{name}  {style(shown(after), fg='green')}"
    else:
        yield f"{name}  {style(shown(before), fg='red')} → {style(shown(after), fg='green')}"


_ABSENT = object()


def _rule_of(value: Any) -> Mapping[str, Any] | None:
    match value:
        case {"own_for": dict() as rule}:
            return rule
        case {"all": _} | {"any": _} | {"not": _} | {"attribute": _} | {rules.FOREIGN_KEY: _}:
            return dict(value)
    return None


def rule_lines(name: str, before: Any, after: Any, declared: Any) -> Iterator[str]:
    """Yield how a rule becomes another rule, or a word such as `nobody`.

    Args:
        name: The field's name.
        before: The value now, in normal form.
        after: The value wanted, in its author's order.
        declared: The value wanted, in normal form: two rules are compared in the same order.
    """
    old, new, normal = _rule_of(before), _rule_of(after), _rule_of(declared)
    if old is None or new is None or normal is None:
        was = "" if before is _ABSENT else f"{_headline(before)} → "
        yield f"{name}  {was}{_headline(after)}"
        mark, rule = (REMOVED, old) if new is None else (ADDED, new)
        yield from (f"  {mark} {line}" for line in words.outline(rules.parse(rule or {})))
        return
    yield f"{name}  {_headline(after)}"
    yield from (f"  {line}" for line in _compared(list(_outline(old)), list(_outline(normal))))


def _headline(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "own_for" if "own_for" in value else "who matches"


def _outline(rule: Mapping[str, Any]) -> Iterator[str]:
    return words.outline(rules.parse(rule))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    from difflib import SequenceMatcher

    for what, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield from (f"  {line}" for line in old[first:last])
            continue
        yield from (f"{REMOVED} {line}" for line in old[first:last])
        yield from (f"{ADDED} {line}" for line in new[start:end])


def section_lines(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the page as it will be, a line each section, with what happens to it."""
    was = {row["type"]: (place, row) for place, row in enumerate(before, start=1)}
    still = unmoved([row["type"] for row in before], [row["type"] for row in after])
    for place, row in enumerate(after, start=1):
        name = row["type"]
        if name not in was:
            yield f"{ADDED} {name}  {'new' if row['enabled'] else 'new, not shown'}{_settings({}, row['settings'])}"
            continue
        old_place, old = was[name]
        notes = [*_switched(old, row)]
        if name not in still:
            notes.append(f"moved from {old_place} to {place}")
        said = (", ".join(notes) + _settings(old["settings"], row["settings"])).strip()
        mark = _mark(old, row, moved=name not in still, changed=bool(said))
        yield f"{mark} {name}{'  ' + said if said else _hidden(row)}"
    there = {row["type"] for row in after}
    yield from (f"{REMOVED} {row['type']}  taken away" for row in before if row["type"] not in there)


def _switched(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old["enabled"] != new["enabled"]:
        yield "shown again" if new["enabled"] else "no longer shown"


def _mark(old: Mapping[str, Any], new: Mapping[str, Any], *, moved: bool, changed: bool) -> str:
    if old["enabled"] != new["enabled"]:
        return ADDED if new["enabled"] else REMOVED
    if moved:
        return MOVED
    return CHANGED if changed else " "


def _hidden(row: Mapping[str, Any]) -> str:
    return "" if row["enabled"] else "  " + style("not shown", dim=True)


def _settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    changed = [
        f"{key} {shown(old.get(key))} → {shown(value)}" if key in old else f"{key} {shown(value)}"
        for key, value in new.items()
        if old.get(key) != value
    ]
    return f"  ({'; '.join(changed)})" if changed else ""

"""Values and their changes: scalars, rules as indented trees, homepage sections with their moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import style

from reconciler.core.matching import longest_common_order
from reconciler.render import known
from reconciler.render.plain import harmless
from reconciler.rules import model as rules
from reconciler.rules import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.core.document_types.plan import ChangedField
    from reconciler.rules.words import Row

ADDED, REMOVED, CHANGED, MOVED = (
    style("+", fg="green"),
    style("-", fg="red"),
    style("~", fg="yellow"),
    style("↕", fg="cyan"),
)


def shown(value: Any) -> str:
    """Write a value in one line."""
    match value:
        case None:
            return "not set"
        case True | False:
            return str(value).lower()
        case list():
            return ", ".join(shown(item) for item in value) or "none"
        case dict():
            return ", ".join(f"{key} {shown(item)}" for key, item in value.items()) or "none"
    return str(value)


def field_lines(field: ChangedField) -> Iterator[str]:
    """Yield the change of a field; the first line has its name."""
    before, after = field.get("before", _ABSENT), field.get("after", _ABSENT)
    yield from value_lines(field["field"], before, after, field.get("declared"), unseen=known.unseen(field))


def value_lines(name: str, before: Any, after: Any, declared: Any, *, unseen: bool = False) -> Iterator[str]:
    """Yield a changed value; the first line has the field's name. `unseen` if nobody knows the live value."""
    name, before, after, declared = map(harmless, (name, before, after, declared))
    if after is _ABSENT:
        yield f"{name}  {style(shown(before), fg='red')}"
    elif _sections(after) or (_sections(before) and isinstance(after, list)):
        yield name
        yield from ("  " + line for line in section_lines(before if isinstance(before, list) else [], after))
    elif _rule_of(after) is not None or _rule_of(before) is not None:
        yield from rule_lines(name, before, after, declared, unseen=unseen)
    elif isinstance(before, list) and isinstance(after, list):
        yield name
        yield from (
            f"  {mark} {text}" for mark, text in items([*map(shown, before)], [*map(shown, after)], "as before")
        )
    elif before is _ABSENT:
        was = f"{style('not known', fg='yellow')} → " if unseen else ""
        yield f"{name}  {was}{style(shown(after), fg='green')}"
    else:
        yield f"{name}  {style(shown(before), fg='red')} → {style(shown(after), fg='green')}"


_ABSENT = object()
_KEPT = 3
"""The most kept items of a list that are named one by one."""


def _sections(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(entry, dict) and "type" in entry for entry in value)


def items(before: Sequence[str], after: Sequence[str], kept: str) -> Iterator[tuple[str, str]]:
    """Yield each added or removed item with its mark, and few lines for those kept (named by `kept`)."""
    for what, first, last, start, end in _opcodes(before, after):
        if what == "equal":
            stay = list(before[first:last])
            yield from ((" ", text) for text in (stay if len(stay) <= _KEPT else [f"… {len(stay)} {kept}"]))
        else:
            yield from ((REMOVED, text) for text in before[first:last])
            yield from ((ADDED, text) for text in after[start:end])


def _rule_of(value: Any) -> Mapping[str, Any] | None:
    match value:
        case {"own_for": dict() as rule}:
            return rule
        case {"all": _} | {"any": _} | {"not": _} | {"attribute": _} | {rules.FOREIGN_KEY: _}:
            return dict(value)
    return None


def rule_lines(name: str, before: Any, after: Any, declared: Any, *, unseen: bool = False) -> Iterator[str]:
    """Yield the change from one rule to another, or to a word such as `nobody`.

    `after` is in its author's order, `declared` in normal form, as `before`: so rules are compared in the same order.
    """
    old, new, normal = _rule_of(before), _rule_of(after), _rule_of(declared)
    if old is None or new is None or normal is None:
        was = f"{_headline(before)} → " if before is not _ABSENT else "not known → " if unseen else ""
        yield f"{name}  {was}{_headline(after)}"
        mark, rule = (REMOVED, old) if new is None else (ADDED, new)
        yield from (f"  {mark} {line}" for line in words.outline(rules.parse(rule or {})))
        return
    yield f"{name}  {_headline(after)}"
    yield from (f"  {line}" for line in _compared([*words.rows(rules.parse(old))], [*words.rows(rules.parse(normal))]))


def _headline(value: Any) -> str:
    if not isinstance(value, dict):
        return shown(value)
    return "own_for" if "own_for" in value else "who matches"


def _compared(old: Sequence[Row], new: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of two rules; where only values of a condition differ, a line for each of these."""
    for what, first, last, start, end in _opcodes(old, new):
        gone, come = list(old[first:last]), list(new[start:end])
        if what == "equal":
            yield from (f"  {line}" for row in gone for line in row.lines())
            continue
        for row in gone:
            other = next((item for item in come if _other_values(row, item)), None)
            if other is None:
                yield from (f"{REMOVED} {line}" for line in row.lines())
                continue
            come.remove(other)
            yield from _listed(row, other)
        yield from (f"{ADDED} {line}" for row in come for line in row.lines())


def _other_values(old: Row, new: Row) -> bool:
    """Tell whether two lines are one condition with other values, of which at least one is a list."""
    condition, two = old.condition, new.condition
    if condition is None or two is None or (condition.attribute, condition.operator) != (two.attribute, two.operator):
        return False
    return old.depth == new.depth and (isinstance(condition.value, tuple) or isinstance(two.value, tuple))


def _listed(old: Row, new: Row) -> Iterator[str]:
    if old.condition is None or new.condition is None:
        return
    heading, was = words.listed(old.condition)
    indent = "  " * old.depth
    yield f"{CHANGED} {indent}{heading}"
    changed = items(was, words.listed(new.condition)[1], "values as before")
    yield from (f"{mark} {indent}  {text}" for mark, text in changed)


def _opcodes(old: Sequence[Any], new: Sequence[Any]) -> Sequence[tuple[str, int, int, int, int]]:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def section_lines(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the sections afterwards, one a line, with their changes."""
    was = {row["type"]: (place, row) for place, row in enumerate(before, start=1)}
    still = longest_common_order([row["type"] for row in before], [row["type"] for row in after])
    for place, row in enumerate(after, start=1):
        name = row["type"]
        if name not in was:
            yield f"{ADDED} {name}  {'new' if row['enabled'] else 'new, not shown'}{_settings({}, row['settings'])}"
            continue
        old_place, old = was[name]
        notes = [*_switched(old, row)]
        if name not in still:
            notes.append(f"moved from {old_place} to {place}")
        message = (", ".join(notes) + _settings(old["settings"], row["settings"])).strip()
        mark = _mark(old, row, moved=name not in still, changed=bool(message))
        yield f"{mark} {name}{'  ' + message if message else _hidden(row)}"
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

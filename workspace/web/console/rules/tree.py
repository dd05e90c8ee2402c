"""A rule as the fields of a form, and back. Typed values stay as typed, even invalid ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workspace.rules.model import MAX_DEPTH
from workspace.web.console.rules.choices import COMPARISONS, LISTS, NOTHING, widget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workspace.core.errors import Problem
    from workspace.web.console.rules.choices import Choices

_KINDS = {"and": "all", "or": "any", "not": "not"}
_OPERATORS = {kind: operator for operator, kind in _KINDS.items()}
_MOST = 600


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, as typed, by names in the API; a list has one text for each value."""

    attribute: str
    comparison: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A group, `all`, `any` or `not`; the outermost one may be `bare`: left out around a single condition."""

    kind: str
    members: tuple[Condition | Group, ...]
    bare: bool = False


EMPTY = Group("all", (), bare=True)


def of_document(rule: Mapping[str, Any] | None) -> Group:
    """Return a rule of the API as a form shows it: always a group."""
    if rule is None:
        return EMPTY
    node = _of_document(rule)
    return node if isinstance(node, Group) else Group("all", (node,), bare=True)


def document(tree: Group, known: Choices) -> dict[str, Any]:
    """Return the rule that a form describes, as the API takes it."""
    if tree.bare and len(tree.members) == 1 and isinstance(tree.members[0], Condition):
        return _predicate(tree.members[0], known)
    return _document(tree, known)


def of_form(form: Mapping[str, str], lists: Mapping[str, Sequence[str]], name: str) -> Group:
    """Parse the fields of a form as a rule; `lists` has all values of a field, `name` is their prefix."""
    node = _of_form(form, lists, name, 0)
    return replace(node, bare=form.get(f"{name}.bare") == "yes") if isinstance(node, Group) else EMPTY


def edited(tree: Group, action: str, known: Choices) -> Group:
    """Return the rule after a button's `action`: `add`, `group` or `remove`, and the place, such as `remove:0.2`."""
    what, _, place = action.partition(":")
    path = tuple(int(step) for step in place.split(".") if step.isdecimal())
    if what == "remove" and path:
        return _at(tree, path[:-1], lambda group: _without(group, path[-1]))
    first = known.groups[0][1][0]
    condition = Condition(first.name, COMPARISONS[first.type][0][0], ("",))
    added: Condition | Group = Group("any", (condition,)) if what == "group" else condition
    if what in {"add", "group"}:
        return _at(tree, path, lambda group: replace(group, members=(*group.members, added)))
    return _settled(tree, known)


def complaints(tree: Group, problems: Sequence[Problem], field: str) -> dict[str, str]:
    """Return the API's problems of each condition or group, by its place; `field` is `rule` or `conditions`."""
    alone = tree.bare and len(tree.members) == 1 and isinstance(tree.members[0], Condition)
    messages: dict[str, list[str]] = {}
    for problem in problems:
        where = (problem.field or "").partition(".") if problem.field != field else (field, "", "")
        if where[0].partition("[")[0] == field:
            steps = re.findall(r"predicates\[(\d+)\]", problem.field or "")
            messages.setdefault("0" if alone else ".".join(steps), []).append(problem.message)
    return {place: "; ".join(texts) for place, texts in messages.items()}


# --- the API's rule ---------------------------------------------------------------------------------


def _of_document(rule: Mapping[str, Any]) -> Condition | Group:
    if "operator" in rule:
        return Group(_KINDS[rule["operator"]], tuple(_of_document(predicate) for predicate in rule["predicates"]))
    value = rule.get("value")
    values = tuple(value) if isinstance(value, list) else () if value is None else (_text(value),)
    return Condition(rule["attribute"], rule["comparison"], values)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)


def _document(node: Condition | Group, known: Choices) -> dict[str, Any]:
    if isinstance(node, Condition):
        return _predicate(node, known)
    return {"operator": _OPERATORS[node.kind], "predicates": [_document(member, known) for member in node.members]}


def _predicate(condition: Condition, known: Choices) -> dict[str, Any]:
    attribute = known.of(condition.attribute)
    named = {"attribute": attribute.name, "type": attribute.type, "comparison": condition.comparison}
    if condition.comparison in NOTHING:
        return named
    if condition.comparison in LISTS:
        return {**named, "value": [value for value in condition.values if value]}
    return {**named, "value": _value(condition.values[0] if condition.values else "", widget_of(condition, known))}


def _value(text: str, kind: str) -> Any:
    if kind == "boolean":
        return text == "true"
    if kind in {"number", "days"}:
        try:
            number = float(text)
        except ValueError:
            # The API says what it wants instead.
            return text
        return int(number) if number.is_integer() else number
    return text


def widget_of(condition: Condition, known: Choices) -> str:
    """Return the kind of field in which the value of a condition is typed."""
    return widget(known.of(condition.attribute), condition.comparison)


# --- the form -----------------------------------------------------------------------------------------


def _of_form(
    form: Mapping[str, str], lists: Mapping[str, Sequence[str]], name: str, depth: int
) -> Condition | Group | None:
    kind = form.get(f"{name}.kind")
    if kind == "condition":
        comparison = form.get(f"{name}.comparison", "")
        return Condition(form.get(f"{name}.attribute", ""), comparison, _typed(lists.get(f"{name}.value", ())))
    if kind not in _OPERATORS or depth > MAX_DEPTH:
        return None
    members: list[Condition | Group] = []
    while len(members) < _MOST:
        member = _of_form(form, lists, f"{name}.{len(members)}", depth + 1)
        if member is None:
            break
        members.append(member)
    return Group(kind, tuple(members))


def _typed(values: Sequence[str]) -> tuple[str, ...]:
    # A list is typed one value to a line, or picked from a list of boxes.
    lines = [line.strip() for value in values for line in value.splitlines()] if values else []
    return tuple(lines) or ("",)


def _at(group: Group, path: Sequence[int], change: Any) -> Group:
    if not path:
        changed: Group = change(group)
        return changed
    step, *rest = path
    member = group.members[step] if step < len(group.members) else None
    if not isinstance(member, Group):
        return group
    members = list(group.members)
    members[step] = _at(member, rest, change)
    return replace(group, members=tuple(members))


def _without(group: Group, step: int) -> Group:
    return replace(group, members=(*group.members[:step], *group.members[step + 1 :]))


def _settled(node: Group, known: Choices) -> Group:
    """Return the rule with comparisons that fit their attributes, after another attribute was chosen."""
    members: list[Condition | Group] = []
    for member in node.members:
        if isinstance(member, Group):
            members.append(_settled(member, known))
            continue
        fitting = COMPARISONS[known.of(member.attribute).type]
        fits = any(member.comparison == name for name, _ in fitting)
        members.append(member if fits else Condition(member.attribute, fitting[0][0], ("",)))
    return replace(node, members=tuple(members))

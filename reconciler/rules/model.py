"""Audience rules: one tree, four forms.

- *plain*: what a file says (`{any: [{attribute: person.tag, is: beta}]}`);
- the tree of frozen values below, what everything in between works on;
- *wire*: what the admin API speaks (predicates with a type and a comparison);
- *words*: what a person reads.

`normalise` brings two rules that mean the same by construction to one form: order of the
conditions of a group, doubled conditions, groups in groups of the same kind, and lists of one.
A rule that this version cannot read is kept whole as `Foreign` and never rewritten.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from reconciler.rules.attributes import builtin_names, builtin_wire_names, wire_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Value = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One attribute compared with one value."""

    attribute: str
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Group:
    """Several rules of which all, or any, must hold."""

    operator: Literal["all", "any"]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The exact complement of a rule."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Foreign:
    """A rule of the workspace that this version does not know, as canonical JSON."""

    wire: str


Rule = Condition | Group | Not | Foreign

FOREIGN_KEY = "unknown_rule"
"""What a `Foreign` rule is called in plain form; never valid in a file."""

_COMPARISON = {
    "is": "eq",
    "is_not": "ne",
    "contains": "contains",
    "contains_word": "contains_word",
    "starts_with": "starts_with",
    "ends_with": "ends_with",
    "greater_than": "gt",
    "less_than": "lt",
    "after": "after",
    "on": "on",
    "before": "before",
    "more_than_days_ago": "more_than_days_ago",
    "less_than_days_ago": "less_than_days_ago",
    "exactly_days_ago": "exactly_days_ago",
    "is_unknown": "unknown",
    "has_any_value": "known",
}
_LIST_COMPARISON = {"is": "in", "is_not": "nin"}
_OPERATOR = {wire: name for name, wire in (*_COMPARISON.items(), *_LIST_COMPARISON.items())}
_WITHOUT_VALUE = ("unknown", "known")

_WORDS = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "contains_word": "contains the word",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "greater_than": "is greater than",
    "less_than": "is less than",
    "after": "is after",
    "on": "is on",
    "before": "is before",
    "more_than_days_ago": "is more than",
    "less_than_days_ago": "is less than",
    "exactly_days_ago": "is exactly",
    "is_unknown": "is unknown",
    "has_any_value": "has any value",
}


# --- plain form ---------------------------------------------------------------------------------


def parse(plain: Mapping[str, Any]) -> Rule:
    """Return the rule that valid plain form describes; the schema has checked it before."""
    match plain:
        case {"all": rules}:
            return Group("all", tuple(parse(one) for one in rules))
        case {"any": rules}:
            return Group("any", tuple(parse(one) for one in rules))
        case {"not": rule}:
            return Not(parse(rule))
        case {"attribute": attribute}:
            operator, value = next((key, value) for key, value in plain.items() if key != "attribute")
            return Condition(attribute, operator, tuple(value) if isinstance(value, list) else value)
    return Foreign(_canonical(plain[FOREIGN_KEY]))


def plain(rule: Rule) -> dict[str, Any]:
    """Return the rule as a file would write it."""
    match rule:
        case Condition(attribute, operator, value):
            return {"attribute": attribute, operator: list(value) if isinstance(value, tuple) else value}
        case Group(operator, rules):
            return {operator: [plain(one) for one in rules]}
        case Not(inner):
            return {"not": plain(inner)}
        case Foreign(wire):
            return {FOREIGN_KEY: json.loads(wire)}


def has_foreign(plain: Any) -> bool:
    """Tell whether there is a rule in plain form in a value that this version does not know."""
    if isinstance(plain, dict):
        return FOREIGN_KEY in plain or any(has_foreign(one) for one in plain.values())
    return isinstance(plain, list) and any(has_foreign(one) for one in plain)


# --- normal form --------------------------------------------------------------------------------


def normalise(rule: Rule) -> Rule:
    """Return the one form of all rules that differ only in ways that cannot matter."""
    match rule:
        case Condition(attribute, operator, tuple() as values):
            distinct = tuple(sorted(set(values)))
            return Condition(attribute, operator, distinct[0] if len(distinct) == 1 else distinct)
        case Condition(attribute, operator, float() as number) if number.is_integer():
            return Condition(attribute, operator, int(number))
        case Not(inner):
            normal = normalise(inner)
            return normal.rule if isinstance(normal, Not) else Not(normal)
        case Group(operator, rules):
            return _normal_group(operator, [normalise(one) for one in rules])
    return rule


def _normal_group(operator: Literal["all", "any"], rules: list[Rule]) -> Rule:
    distinct: dict[str, Rule] = {}
    for rule in rules:
        nested = rule.rules if isinstance(rule, Group) and rule.operator == operator else (rule,)
        distinct.update({_canonical(plain(one)): one for one in nested})
    ordered = tuple(distinct[key] for key in sorted(distinct))
    return ordered[0] if len(ordered) == 1 else Group(operator, ordered)


# Built once: building it takes longer than to write a condition with it.
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


# --- wire form ----------------------------------------------------------------------------------


def to_wire(rule: Rule, types: Mapping[str, str]) -> dict[str, Any]:
    """Return the rule as the admin API takes it.

    Args:
        rule: The rule.
        types: Condition type (`text`, `number`, …) of every attribute that the rule names.
    """
    match rule:
        case Group(operator, rules):
            wire_operator = {"all": "and", "any": "or"}[operator]
            return {"operator": wire_operator, "predicates": [to_wire(one, types) for one in rules]}
        case Not(inner):
            return {"operator": "not", "predicates": [to_wire(inner, types)]}
        case Foreign(wire):
            foreign: dict[str, Any] = json.loads(wire)
            return foreign
        case Condition(attribute, operator, value):
            listed = isinstance(value, tuple)
            comparison = _LIST_COMPARISON[operator] if listed else _COMPARISON[operator]
            predicate: dict[str, Any] = {
                "attribute": wire_name(attribute, builtin_wire_names()),
                "type": types[attribute],
                "comparison": comparison,
            }
            if comparison not in _WITHOUT_VALUE:
                predicate["value"] = list(value) if isinstance(value, tuple) else value
            return predicate


def from_wire(wire: Mapping[str, Any]) -> Rule:
    """Return the rule that the admin API sent; whatever is not understood stays whole as `Foreign`."""
    match _form(wire):
        case "group":
            return Group("all" if wire["operator"] == "and" else "any", tuple(map(from_wire, wire["predicates"])))
        case "not":
            return Not(from_wire(wire["predicates"][0]))
        case "condition":
            comparison = wire["comparison"]
            value = True if comparison in _WITHOUT_VALUE else wire["value"]
            known = tuple(value) if isinstance(value, list) else value
            return Condition(_attribute_from_wire(wire["attribute"]), _OPERATOR[comparison], known)
    return Foreign(_canonical(wire))


def understood(wire: Mapping[str, Any]) -> bool:
    """Tell whether this version knows what a rule of the admin API is, whatever is inside it."""
    return _form(wire) is not None


def _form(wire: Mapping[str, Any]) -> Literal["group", "not", "condition"] | None:
    match wire:
        case {"operator": "and" | "or", "predicates": [_, *_]}:
            return "group"
        case {"operator": "not", "predicates": [_]}:
            return "not"
        case {"attribute": str(), "comparison": str(comparison)} if comparison in _OPERATOR:
            return "condition" if comparison in _WITHOUT_VALUE or wire.get("value") is not None else None
    return None


def _attribute_from_wire(name: str) -> str:
    builtin = builtin_names()
    if name in builtin:
        return builtin[name]
    model = "company" if name.startswith("company.") else "person"
    return f"{model}.{name.removeprefix('company.').removeprefix('custom_attributes.')}"


# --- questions ----------------------------------------------------------------------------------


def attributes(rule: Rule) -> frozenset[str]:
    """Return the attributes that the rule names."""
    match rule:
        case Condition(attribute, _, _):
            return frozenset({attribute})
        case Group(_, rules):
            return frozenset().union(*(attributes(one) for one in rules))
        case Not(inner):
            return attributes(inner)
        case Foreign(_):
            return frozenset()


def words(condition: Condition) -> str:
    """Return one condition as a person would say it: `person.email ends with "@examply.com"`."""
    said = f"{condition.attribute} {_WORDS[condition.operator]}"
    if condition.operator in ("is_unknown", "has_any_value"):
        return said
    if condition.operator.endswith("_days_ago"):
        return f"{said} {condition.value} days ago"
    if isinstance(condition.value, tuple):
        joiner = "or" if condition.operator == "is" else "nor"
        return f"{said} {f' {joiner} '.join(_quoted(one) for one in condition.value)}"
    return f"{said} {_quoted(condition.value)}"


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def outline(rule: Rule, depth: int = 0) -> Iterator[str]:
    """Yield the rule as indented lines, one condition or heading each."""
    indent = "  " * depth
    match rule:
        case Condition():
            yield indent + words(rule)
        case Group(operator, rules):
            yield f"{indent}{operator} of"
            for one in rules:
                yield from outline(one, depth + 1)
        case Not(inner):
            yield f"{indent}not"
            yield from outline(inner, depth + 1)
        case Foreign(wire):
            yield f"{indent}a rule this version does not know: {wire}"

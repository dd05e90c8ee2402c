"""Audience rules: one tree, four forms.

- *plain*: as in a file (`{any: [{attribute: person.tag, is: beta}]}`);
- the tree of frozen values below, for everything in between;
- *wire*: as in the admin API (predicates with a type and a comparison);
- *words*: for people.

A rule that this version cannot read is kept whole as `Foreign` and never rewritten.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

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
"""The key of a `Foreign` rule in plain form; never valid in a file."""


# --- plain form ---------------------------------------------------------------------------------


def parse(plain: Mapping[str, Any]) -> Rule:
    """Parse a valid plain rule; the schema has checked it before."""
    match plain:
        case {"all": rules}:
            return Group("all", tuple(parse(item) for item in rules))
        case {"any": rules}:
            return Group("any", tuple(parse(item) for item in rules))
        case {"not": rule}:
            return Not(parse(rule))
        case {"attribute": attribute}:
            operator, value = next((key, value) for key, value in plain.items() if key != "attribute")
            return Condition(attribute, operator, tuple(value) if isinstance(value, list) else value)
    return Foreign(canonical(plain[FOREIGN_KEY]))


def plain(rule: Rule) -> dict[str, Any]:
    """Write a rule in plain form."""
    match rule:
        case Condition(attribute, operator, value):
            return {"attribute": attribute, operator: list(value) if isinstance(value, tuple) else value}
        case Group(operator, rules):
            return {operator: [plain(item) for item in rules]}
        case Not(inner):
            return {"not": plain(inner)}
        case Foreign(wire):
            return {FOREIGN_KEY: json.loads(wire)}


def has_foreign(plain: Any) -> bool:
    """Tell whether a plain value holds a rule that this version does not know."""
    if isinstance(plain, dict):
        return FOREIGN_KEY in plain or any(has_foreign(value) for value in plain.values())
    return isinstance(plain, list) and any(has_foreign(value) for value in plain)


# --- normal form --------------------------------------------------------------------------------


def normalise(rule: Rule) -> Rule:
    """Normalise a rule: order, doubles, groups in groups of the same kind, and lists of one do not matter."""
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
            return _normal_group(operator, [normalise(item) for item in rules])
    return rule


def _normal_group(operator: Literal["all", "any"], rules: list[Rule]) -> Rule:
    distinct: dict[str, Rule] = {}
    for rule in rules:
        nested = rule.rules if isinstance(rule, Group) and rule.operator == operator else (rule,)
        distinct.update({canonical(plain(item)): item for item in nested})
    ordered = tuple(distinct[key] for key in sorted(distinct))
    return ordered[0] if len(ordered) == 1 else Group(operator, ordered)


# Built once: building it takes longer than to write a condition with it.
canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


# --- wire form ----------------------------------------------------------------------------------


# --- questions ----------------------------------------------------------------------------------


def attributes(rule: Rule) -> frozenset[str]:
    """Return the attributes in a rule."""
    match rule:
        case Condition(attribute, _, _):
            return frozenset({attribute})
        case Group(_, rules):
            return frozenset().union(*(attributes(item) for item in rules))
        case Not(inner):
            return attributes(inner)
        case Foreign(_):
            return frozenset()

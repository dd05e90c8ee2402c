"""Rules in the wire form of the workspace, and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from reconciler.rules.attributes import from_wire_name, wire_name
from reconciler.rules.model import Condition, Foreign, Group, Not, Rule, canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def to_wire(rule: Rule, types: Mapping[str, str]) -> dict[str, Any]:
    """Convert a rule to wire form, by the condition type (`text`, `number`, …) of every attribute in it."""
    match rule:
        case Group(operator, rules):
            wire_operator = {"all": "and", "any": "or"}[operator]
            return {"operator": wire_operator, "predicates": [to_wire(item, types) for item in rules]}
        case Not(inner):
            return {"operator": "not", "predicates": [to_wire(inner, types)]}
        case Foreign(wire):
            foreign: dict[str, Any] = json.loads(wire)
            return foreign
        case Condition(attribute, operator, value):
            listed = isinstance(value, tuple)
            comparison = _LIST_COMPARISON[operator] if listed else _COMPARISON[operator]
            predicate: dict[str, Any] = {
                "attribute": wire_name(attribute),
                "type": types[attribute],
                "comparison": comparison,
            }
            if comparison not in _WITHOUT_VALUE:
                predicate["value"] = list(value) if isinstance(value, tuple) else value
            return predicate


def from_wire(wire: Mapping[str, Any]) -> Rule:
    """Read a rule in wire form; what is not understood stays whole as `Foreign`."""
    match _form(wire):
        case "group":
            return Group("all" if wire["operator"] == "and" else "any", tuple(map(from_wire, wire["predicates"])))
        case "not":
            return Not(from_wire(wire["predicates"][0]))
        case "condition":
            comparison = wire["comparison"]
            value = True if comparison in _WITHOUT_VALUE else wire["value"]
            known = tuple(value) if isinstance(value, list) else value
            return Condition(str(from_wire_name(wire["attribute"])), _OPERATOR[comparison], known)
    return Foreign(canonical(wire))


def understood(wire: Mapping[str, Any]) -> bool:
    """Tell whether this version knows a wire rule, whatever is inside it."""
    return _form(wire) is not None


def _form(wire: Mapping[str, Any]) -> Literal["group", "not", "condition"] | None:
    match wire:
        case {"operator": "and" | "or", "predicates": [_, *_]}:
            return "group"
        case {"operator": "not", "predicates": [_]}:
            return "not"
        case {"attribute": str(attribute), "comparison": str(comparison)} if comparison in _OPERATOR:
            if from_wire_name(attribute) is None:
                return None
            return "condition" if comparison in _WITHOUT_VALUE or wire.get("value") is not None else None
    return None

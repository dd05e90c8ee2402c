"""Rules in plain words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.rules.model import Condition, Foreign, Group, Not, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

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

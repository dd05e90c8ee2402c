"""Rules in plain words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.rules.model import Condition, Foreign, Group, Not, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATORS = {
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
    """Write one condition for people: `person.email ends with "@examply.com"`."""
    message = f"{condition.attribute} {OPERATORS[condition.operator]}"
    if condition.operator in ("is_unknown", "has_any_value"):
        return message
    if condition.operator.endswith("_days_ago"):
        return f"{message} {condition.value} days ago"
    if isinstance(condition.value, tuple):
        joiner = "or" if condition.operator == "is" else "nor"
        return f"{message} {f' {joiner} '.join(_quoted(text) for text in condition.value)}"
    return f"{message} {_quoted(condition.value)}"


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


_MOST_INLINE = 4
"""The most values of a condition on its own line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a rule: a condition, or the heading of a group, `depth` groups deep, without its indent."""

    depth: int
    text: str
    condition: Condition | None = None

    def lines(self) -> Iterator[str]:
        """Yield it with its indent; a long list of values has a line for each."""
        indent = "  " * self.depth
        value = self.condition.value if self.condition else None
        if self.condition is not None and isinstance(value, tuple) and len(value) > _MOST_INLINE:
            heading, values = listed(self.condition)
            yield indent + heading
            yield from (f"{indent}  {text}" for text in values)
        else:
            yield indent + self.text


def listed(condition: Condition) -> tuple[str, list[str]]:
    """Return the attribute and operator of a condition, and each of its values."""
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return f"{condition.attribute} {OPERATORS[condition.operator]} one of", [_quoted(value) for value in values]


def rows(rule: Rule, depth: int = 0) -> Iterator[Row]:
    """Yield the rule as lines, one condition or heading each."""
    match rule:
        case Condition():
            yield Row(depth, words(rule), rule)
        case Group(operator, rules):
            yield Row(depth, f"{operator} of")
            for item in rules:
                yield from rows(item, depth + 1)
        case Not(inner):
            yield Row(depth, "not")
            yield from rows(inner, depth + 1)
        case Foreign(wire):
            yield Row(depth, f"a rule this version does not know: {wire}")


def outline(rule: Rule) -> Iterator[str]:
    """Yield the rule as indented lines."""
    for row in rows(rule):
        yield from row.lines()

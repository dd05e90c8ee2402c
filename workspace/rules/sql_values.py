"""Comparisons of one value: `name` is the column of `table` that holds it; its other forms are named after it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_

from workspace.core.days import begins
from workspace.core.folding import after_all, folded, words

if TYPE_CHECKING:
    from sqlalchemy import Table

    from workspace.rules.tree import Leaf

Where = ColumnElement[bool]

VALUE_COLUMN = {"text": "text", "number": "number", "boolean": "boolean", "date": "moment"}
"""By the type of a leaf: the column of custom values."""


def _text(node: Leaf, table: Table, name: str, _today: date) -> Where:
    plain, fold, marked = table.c[name], table.c[f"{name}_folded"], table.c[f"{name}_words"]
    if node.value is None:
        return plain.is_not(None)
    if isinstance(node.value, tuple):
        return plain.in_(node.value)
    value = str(node.value)
    if f"{name}_reversed" in table.c and node.comparison in {"starts_with", "ends_with"}:
        backwards = node.comparison == "ends_with"
        return beginning(table.c[f"{name}_reversed"] if backwards else fold, folded(value)[:: -1 if backwards else 1])
    return {
        "eq": plain == value,
        "contains": fold.contains(folded(value), autoescape=True),
        "contains_word": marked.contains(words(value), autoescape=True),
        "starts_with": fold.startswith(folded(value), autoescape=True),
        "ends_with": fold.endswith(folded(value), autoescape=True),
    }[node.comparison]


def beginning(column: ColumnElement[str], start: str) -> Where:
    """Return the condition that a text begins with another; the column is in the order of characters."""
    # The same as LIKE, but every database finds it in an index.
    end = after_all(start)
    return column >= start if end is None else and_(column >= start, column < end)


def _number(node: Leaf, table: Table, name: str, _today: date) -> Where:
    column = table.c[name]
    if node.value is None:
        return column.is_not(None)
    amount = _amount(node)
    return {"eq": column == amount, "gt": column > amount, "lt": column < amount}[node.comparison]


def _boolean(node: Leaf, table: Table, name: str, _today: date) -> Where:
    return table.c[name].is_not(None) if node.value is None else table.c[name] == node.value


def _moment(node: Leaf, table: Table, name: str, today: date) -> Where:
    column = table.c[name]
    if node.value is None:
        return column.is_not(None)
    now = today.toordinal()
    day = date.fromisoformat(node.value).toordinal() if isinstance(node.value, str) else now - int(_amount(node))
    start, end = begins(day, today), begins(day + 1, today)
    match node.comparison:
        case "before" | "more_than_days_ago":
            return column < start
        case "after":
            return column >= end
        case "less_than_days_ago":
            # What lies ahead is not "ago", however near.
            return and_(column >= end, column < begins(now + 1, today))
    return and_(column >= start, column < end)


def _amount(node: Leaf) -> float:
    if isinstance(node.value, (int, float)):
        return float(node.value)
    raise TypeError(f"{node.comparison} compares with a number, not with {node.value!r}")


TESTS = {"text": _text, "number": _number, "boolean": _boolean, "date": _moment}
"""By the type of a leaf: the condition on a value, given the leaf, its table, its column there, and the present day."""

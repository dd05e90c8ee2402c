"""The query language of searches in plain Python, written independently of the workspace's code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def day(moment: int) -> Any:
    return datetime.fromtimestamp(moment, UTC).date()


def matches(query: Mapping[str, Any], value_of: Callable[[str], Any], kinds: Mapping[str, str]) -> bool:
    """Return True if a query matches the values of fields: None for a missing one, for tags all of them.

    Kinds are text, caseless, number, boolean, date or tags.
    """
    if "field" not in query:
        members = [matches(one, value_of, kinds) for one in query["value"]]
        return all(members) if query["operator"] == "AND" else any(members)
    value, operator, wanted = value_of(query["field"]), query["operator"], query["value"]
    kind = kinds[query["field"]]
    if operator in {"!=", "NIN", "!~"}:
        positive = {"!=": "=", "NIN": "IN", "!~": "~"}[operator]
        return not matches({**query, "operator": positive}, value_of, kinds)
    if kind == "tags":
        return not value if wanted is None else wanted in value
    if wanted is None:
        return value is None
    return value is not None and holds(kind, operator, value, wanted)


def holds(kind: str, operator: str, value: Any, wanted: Any) -> bool:
    if kind == "date":
        value, wanted = day(value), day(int(wanted))
    if kind == "caseless" and operator == "=":
        wanted = wanted.casefold()
    if kind == "caseless" and operator == "IN":
        wanted = [one.casefold() for one in wanted]
    if operator == "IN":
        return value in wanted
    if operator in {"~", "^", "$"}:
        value, wanted = value.casefold(), wanted.casefold()
        return {"~": wanted in value, "^": value.startswith(wanted), "$": value.endswith(wanted)}[operator]
    return {
        "=": lambda: value == wanted,
        "<": lambda: value < wanted,
        ">": lambda: value > wanted,
        "<=": lambda: value <= wanted,
        ">=": lambda: value >= wanted,
    }[operator]()

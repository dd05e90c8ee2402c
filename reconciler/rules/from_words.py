"""Parse conditions in the words of the settings page (`Email contains examply.com`)."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.core.contract import load_json
from reconciler.rules.attributes import builtin_types
from reconciler.rules.words import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_OF_NUMBERS = {"more_than_days_ago": "greater_than", "less_than_days_ago": "less_than", "exactly_days_ago": "is"}
"""Operators of numbers for those of dates that have the same words."""
_DOMAIN = re.compile(r"@?[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)


_NOTHING: Mapping[str, str] = MappingProxyType({})


def condition(text: str, *, exact: bool = False, custom: Mapping[str, str] = _NOTHING) -> str:
    """Write a condition in words as a file has it, `exact` or improved; empty where the words are none.

    `custom` has the condition types of a workspace's own attributes, by their names in rules. Words may stand in
    columns: `Company · plan_tier · is · team, enterprise`.
    """
    names = {**_attributes(), **dict(_called(custom))}
    match = _pattern(names).fullmatch(" ".join(text.replace("·", " ").split()))
    if match is None:
        return ""
    attribute = names[match["attribute"].casefold()]
    operator, value = _operators()[match["operator"].casefold()], match["value"].strip("\"' ")
    if operator in ("is_unknown", "has_any_value"):
        return f"{{attribute: {attribute}, {operator}: true}}" if not value else ""
    if not exact and attribute == "person.email" and operator in ("contains", "ends_with") and _DOMAIN.fullmatch(value):
        # What is meant is a domain; `contains` would let in others, too.
        return f'{{attribute: {attribute}, ends_with: "@{value.removeprefix("@")}"}}'
    is_number = {**builtin_types(), **custom}[attribute] == "number"
    operator = _OF_NUMBERS.get(operator, operator) if is_number else operator
    if exact and operator in ("is", "is_not") and ", " in value:
        return f"{{attribute: {attribute}, {operator}: [{', '.join(map(_quoted, value.split(', ')))}]}}"
    quoted = value if is_number and _NUMBER.fullmatch(value) else _quoted(value)
    return f"{{attribute: {attribute}, {operator}: {quoted}}}" if value else ""


def _quoted(value: str) -> str:
    return value if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", value) else f'"{value}"'


def _pattern(known: Mapping[str, str]) -> re.Pattern[str]:
    attributes, operators = (
        "|".join(map(re.escape, sorted(names, key=len, reverse=True))) for names in (known, _operators())
    )
    return re.compile(rf"(?P<attribute>{attributes})\s+(?P<operator>{operators})\b\s*(?P<value>.*)", re.IGNORECASE)


def _attributes() -> Mapping[str, str]:
    """Return the attributes by each of their names, folded: `email`, `person.email`, `company name`."""
    return dict(_named())


def _named() -> Iterator[tuple[str, str]]:
    table = load_json("attributes.json")
    for attribute in builtin_types():
        model, _, name = attribute.partition(".")
        title = str(table[model][name]["title"]).casefold()
        yield attribute, attribute
        yield title, attribute
        yield f"{model} {title}", attribute
        if model == "person":
            yield name, attribute
    yield "tag", "person.tag"


def _called(custom: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the names of a workspace's own attributes, folded: `company.plan_tier`, `company plan_tier`."""
    for attribute in custom:
        yield attribute.casefold(), attribute
        yield attribute.replace(".", " ", 1).casefold(), attribute


def _operators() -> Mapping[str, str]:
    return {**{name: name for name in OPERATORS}, **{operator: name for name, operator in OPERATORS.items()}}

"""Parse conditions in the words of the settings page (`Email contains examply.com`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.core.contract import load_json
from reconciler.rules.attributes import builtin_types
from reconciler.rules.words import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DOMAIN = re.compile(r"@?[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)


def condition(text: str, *, exact: bool = False) -> str:
    """Write a condition in words as a file has it, `exact` or improved; empty where the words are none."""
    match = _pattern().fullmatch(text.strip())
    if match is None:
        return ""
    attribute = _attributes()[match["attribute"].casefold()]
    operator, value = _operators()[match["operator"].casefold()], match["value"].strip("\"' ")
    if operator in ("is_unknown", "has_any_value"):
        return f"{{attribute: {attribute}, {operator}: true}}" if not value else ""
    if not exact and attribute == "person.email" and operator in ("contains", "ends_with") and _DOMAIN.fullmatch(value):
        # What is meant is a domain; `contains` would let in others, too.
        return f'{{attribute: {attribute}, ends_with: "@{value.removeprefix("@")}"}}'
    quoted = value if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", value) else f'"{value}"'
    return f"{{attribute: {attribute}, {operator}: {quoted}}}" if value else ""


def _pattern() -> re.Pattern[str]:
    attributes, operators = (
        "|".join(map(re.escape, sorted(names, key=len, reverse=True))) for names in (_attributes(), _operators())
    )
    return re.compile(rf"(?P<attribute>{attributes})\s+(?P<operator>{operators})\b\s*(?P<value>.*)", re.IGNORECASE)


def _attributes() -> Mapping[str, str]:
    """Return the attributes by each of their names, folded: `email`, `person.email`, `company name`."""
    return dict(_named())


def _named() -> Iterator[tuple[str, str]]:
    table = load_json("attributes.json")
    for attribute in builtin_types():
        model, _, name = attribute.partition(".")
        yield attribute, attribute
        yield str(table[model][name]["title"]).casefold(), attribute
        if model == "person":
            yield name, attribute
    yield "tag", "person.tag"


def _operators() -> Mapping[str, str]:
    return {**{name: name for name in OPERATORS}, **{operator: name for name, operator in OPERATORS.items()}}

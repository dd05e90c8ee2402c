"""Which attributes audience rules may use, of what type, and how the admin API spells them."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.core.contract import load_json

if TYPE_CHECKING:
    from collections.abc import Mapping

MODEL_PREFIX = {"person": "", "company": "company."}
"""What the admin API puts before an attribute's name, by model."""

CONDITION_TYPE = {
    "string": "text",
    "integer": "number",
    "float": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "date",
}
"""The family of operators for each type that a custom attribute can be declared with."""


@cache
def builtin_types() -> Mapping[str, str]:
    """Return the condition type of every built-in attribute, by its name in a file (`person.email`)."""
    return _builtin("type")


@cache
def builtin_wire_names() -> Mapping[str, str]:
    """Return the admin API's name of every built-in attribute, by its name in a file."""
    return _builtin("wire")


@cache
def builtin_names() -> Mapping[str, str]:
    """Return the name in a file of every built-in attribute, by the admin API's name."""
    return MappingProxyType({wire: attribute for attribute, wire in builtin_wire_names().items()})


def _builtin(part: str) -> Mapping[str, str]:
    table = load_json("attributes.json")
    return MappingProxyType(
        {f"{model}.{name}": entry[part] for model in MODEL_PREFIX for name, entry in table[model].items()}
    )


def wire_name(attribute: str, wire_names: Mapping[str, str]) -> str:
    """Return how the admin API spells `attribute`; what is not built in is a custom attribute."""
    if attribute in wire_names:
        return wire_names[attribute]
    model, _, name = attribute.partition(".")
    return f"{MODEL_PREFIX[model]}custom_attributes.{name}"

"""Attributes of audience rules: names, types, and spelling in the admin API."""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.core.contract import load_json

if TYPE_CHECKING:
    from collections.abc import Mapping

MODELS = {"contact": "person", "company": "company"}
"""The prefix in rules of a model's attributes."""

_MODEL = {prefix: model for model, prefix in MODELS.items()}
_CUSTOM = "custom_attributes."
MODEL_PREFIX = {"person": "", "company": "company."}
"""The admin API's prefix of an attribute's name, by model."""

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


def rule_name(model: str, name: str) -> str:
    """Return an attribute's name in rules; a custom one called like a built-in one keeps its namespace."""
    attribute = f"{MODELS[model]}.{name}"
    taken = attribute in builtin_types() or name.startswith(_CUSTOM)
    return f"{MODELS[model]}.{_CUSTOM}{name}" if taken else attribute


def custom_attribute(attribute: str) -> tuple[str, str] | None:
    """Return the model (`contact`, `company`) and the name of a custom attribute in a rule; `None` for a built-in."""
    if attribute in builtin_types():
        return None
    model, _, name = attribute.partition(".")
    return _MODEL[model], name.removeprefix(_CUSTOM)


def wire_name(attribute: str) -> str:
    """Return the admin API's name of a rule's attribute."""
    if attribute in builtin_wire_names():
        return builtin_wire_names()[attribute]
    model, _, name = attribute.partition(".")
    return f"{MODEL_PREFIX[model]}{_CUSTOM}{name.removeprefix(_CUSTOM)}"


def from_wire_name(wire: str) -> str | None:
    """Return the name in rules of an admin API's attribute; `None` where a file has no name for it."""
    if wire in builtin_names():
        return builtin_names()[wire]
    model = "company" if wire.startswith(f"company.{_CUSTOM}") else "contact"
    name = wire.removeprefix("company.") if model == "company" else wire
    custom = name.removeprefix(_CUSTOM)
    if custom == name or not _nameable().fullmatch(custom):
        return None
    return rule_name(model, custom)


def nameable(name: str) -> bool:
    """Tell whether a file can name a custom attribute."""
    return _nameable().fullmatch(name) is not None


@cache
def _nameable() -> re.Pattern[str]:
    return re.compile(load_json("portal.schema.json")["$defs"]["attribute_name"]["pattern"])

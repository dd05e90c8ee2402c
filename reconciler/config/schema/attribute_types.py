"""Attributes that a file's rules may name: built-in and declared ones, the sensible ones of unchecked values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.rules.attributes import CONDITION_TYPE, MODELS, builtin_types, rule_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPTIONS = "options"
"""The condition type of a text that has declared options."""


def condition_types(values: Any) -> dict[str, str]:
    """Return the condition type (`text`, `number`, …) of every attribute that rules may name."""
    types = dict(builtin_types())
    for name, entry in _declared(values):
        if kind := CONDITION_TYPE.get(_text(entry.get("type"))):
            types[name] = OPTIONS if kind == "text" and entry.get("options") else kind
    return types


def options(values: Any) -> dict[str, list[str]]:
    """Return the declared options of each attribute that has some."""
    declared = ((name, entry.get("options")) for name, entry in _declared(values))
    return {
        name: [text for text in texts if isinstance(text, str)] for name, texts in declared if isinstance(texts, list)
    }


def untyped(values: Any) -> frozenset[str]:
    """Return the declared attributes without a valid type; conditions on them cannot be checked."""
    return frozenset(name for name, entry in _declared(values) if _text(entry.get("type")) not in CONDITION_TYPE)


def _declared(values: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    models = values.get("data_attributes") if isinstance(values, dict) else None
    for model in MODELS:
        entries = models.get(model) if isinstance(models, dict) else None
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            if (model, name) != ("contact", "companies"):
                yield rule_name(model, name), entry if isinstance(entry, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

"""A page's settings as a valid file of a configuration, for people who continue in a file."""

from __future__ import annotations

import difflib
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from workspace.core.data_files import load_json
from workspace.rules.model import CUSTOM, custom_name, own_name
from workspace.settings.kinds import spaces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_GROUPS = {"and": "all", "or": "any"}
_OPERATORS = {
    "eq": "is",
    "ne": "is_not",
    "in": "is",
    "nin": "is_not",
    "gt": "greater_than",
    "lt": "less_than",
    "known": "has_any_value",
    "unknown": "is_unknown",
}
"""Names of comparisons in a file that differ from the API's."""
_SECTIONS = {
    "search": ("placeholder",),
    "tickets_portal": ("title", "description"),
    "collections": ("columns",),
    "featured_content": ("title",),
    "text_content": ("title", "body"),
    "external_links": ("title", "links"),
}
"""The sections that a file can describe, and the settings of each."""


def configuration_text(configuration: Mapping[str, Any], *parts: str) -> str:
    """Return some `PARTS` of a Help Center's configuration, as the API answers it, as a whole file."""
    identifier = configuration["help_center"]["identifier"]
    document: dict[str, Any] = {"version": 1, "name": identifier, "help_center": {"identifier": identifier}}
    for part in parts:
        value = _PARTS[part](configuration)
        document[part] = {**document[part], **value} if part == "help_center" else value
    needed = _needed(configuration, parts)
    if needed and "data_attributes" not in parts:
        document["data_attributes"] = needed
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def plain(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule of the API as a file writes it."""
    operator = rule.get("operator")
    if operator == "not":
        return {"not": plain(rule["predicates"][0])}
    if operator is not None:
        return {_GROUPS[operator]: [plain(predicate) for predicate in rule["predicates"]]}
    comparison = rule["comparison"]
    value = True if comparison in {"known", "unknown"} else rule["value"]
    return {"attribute": attribute_name(rule["attribute"]), _OPERATORS.get(comparison, comparison): value}


def changed_lines(before: Any, after: Any) -> list[tuple[str, str]]:
    """Return the diff of two values as YAML lines, each with its mark: `-`, `+`, or a blank for both."""
    old, new = ([] if value is None else _lines(value).splitlines() for value in (before, after))
    results: list[tuple[str, str]] = []
    for kind, start, end, begin, stop in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            results += [(" ", line) for line in old[start:end]]
            continue
        results += [("-", line) for line in old[start:end]]
        results += [("+", line) for line in new[begin:stop]]
    return results


def _lines(value: Any) -> str:
    if isinstance(value, dict) and value.keys() & {"comparison", "predicates"}:
        # A rule that this version does not know stands as it is, whatever is missing in it.
        with suppress(KeyError, TypeError, IndexError, AttributeError):
            value = plain(value)
    # The end of the document is said after a single text.
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100).removesuffix("...\n")


def attribute_name(wire: str) -> str:
    """Return a file's name for an attribute of the API."""
    if wire in _builtin():
        return _builtin()[wire]
    model, name = own_name(wire)
    # One of the customer's own that is called like a built-in one keeps its namespace: it is another.
    taken = f"{model}.{name}" in _builtin().values() or name.startswith(CUSTOM)
    return f"{model}.{CUSTOM}{name}" if taken else f"{model}.{name}"


@cache
def _builtin() -> Mapping[str, str]:
    table = load_json("attributes.json")
    models = ("person", "company")
    return {entry["wire"]: f"{model}.{name}" for model in models for name, entry in table[model].items()}


def _help_center(configuration: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in configuration["help_center"]["values"].items() if value is not None}


def _messenger(configuration: Mapping[str, Any]) -> dict[str, Any]:
    mode = configuration["identity"]["values"]["mode"]
    return {"identity": mode, "spaces": configuration[spaces.KIND.name]["values"]}


def _attributes(configuration: Mapping[str, Any]) -> dict[str, Any]:
    return _declared(configuration, lambda _model, _name: True)


def _needed(configuration: Mapping[str, Any], parts: Sequence[str]) -> dict[str, Any]:
    rules = [configuration["audience"]["values"]["rule"]] if "audience" in parts else []
    rules += [configuration["ticket_visibility"]["values"]["conditions"]] if "portal" in parts else []
    named = {attribute for rule in rules if rule for attribute in _named(rule) if CUSTOM in attribute}

    def is_named(model: str, name: str) -> bool:
        return custom_name(model, name) in named

    return _declared(configuration, is_named)


def _declared(configuration: Mapping[str, Any], desired: Callable[[str, str], bool]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for attribute in configuration["data_attributes"]:
        if not desired(attribute["model"], attribute["name"]):
            continue
        values = {name: value for name, value in attribute["values"].items() if value is not None}
        if values["type"] == "relation":
            values = {"messenger_writable": values["messenger_writable"]}
        entry.setdefault(attribute["model"], {})[attribute["name"]] = values
    return entry


def _named(rule: Mapping[str, Any]) -> Iterator[str]:
    if "operator" not in rule:
        yield rule["attribute"]
        return
    for predicate in rule["predicates"]:
        yield from _named(predicate)


def _portal(configuration: Mapping[str, Any]) -> dict[str, Any]:
    visibility = configuration["ticket_visibility"]["values"]
    mode: Any = "company"
    if visibility["restricted"]:
        conditions = visibility["conditions"]
        mode = "own" if conditions is None else {"own_for": plain(conditions), "otherwise": "company"}
    return {"enabled": configuration["portal"]["values"]["enabled"], "ticket_visibility": mode}


def _audience(configuration: Mapping[str, Any]) -> Any:
    values = configuration["audience"]["values"]
    return plain(values["rule"]) if values["mode"] == "rule" else values["mode"]


def _homepage(configuration: Mapping[str, Any]) -> dict[str, Any]:
    live = configuration["homepage"]["live"]
    return {"sections": [_section(value) for value in live if value["type"] in _SECTIONS], "unlisted": "keep"}


def _section(section: Mapping[str, Any]) -> Any:
    kind, settings = section["type"], section["settings"]
    named = {name: settings[name] for name in _SECTIONS[kind] if name in settings}
    off = {} if section["enabled"] else {"enabled": False}
    return {"type": kind, **off, **named} if named or off else kind


def _style(configuration: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in configuration["style"]["values"].items() if value is not None}


_PARTS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "help_center": _help_center,
    "messenger": _messenger,
    "data_attributes": _attributes,
    "portal": _portal,
    "audience": _audience,
    "homepage": _homepage,
    "style": _style,
}
PARTS = tuple(_PARTS)
"""All that a file can say."""

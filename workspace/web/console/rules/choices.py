"""Attributes on offer in rules, with their comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from workspace.core.data_files import load_json
from workspace.core.texts import _
from workspace.rules.model import CONDITION_TYPE, custom_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PRESENCE = (("known", _("has any value")), ("unknown", _("is unknown")))
COMPARISONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "text": (
        ("contains", _("contains")),
        ("eq", _("is")),
        ("ne", _("is not")),
        ("starts_with", _("starts with")),
        ("ends_with", _("ends with")),
        ("contains_word", _("contains the word")),
        ("in", _("is one of")),
        ("nin", _("is none of")),
        *_PRESENCE,
    ),
    "number": (
        ("gt", _("is greater than")),
        ("lt", _("is less than")),
        ("eq", _("is")),
        ("ne", _("is not")),
        *_PRESENCE,
    ),
    "boolean": (("eq", _("is")), *_PRESENCE),
    "date": (
        ("more_than_days_ago", _("is more than … days ago")),
        ("less_than_days_ago", _("is less than … days ago")),
        ("exactly_days_ago", _("is exactly … days ago")),
        ("after", _("is after")),
        ("on", _("is on")),
        ("before", _("is before")),
        *_PRESENCE,
    ),
    "tag": (("eq", _("is")), ("ne", _("is not")), ("in", _("is one of")), ("nin", _("is none of"))),
}
"""The comparisons of each type, with their labels; the first one is chosen for a new condition."""

LISTS = frozenset({"in", "nin"})
NOTHING = frozenset({"known", "unknown"})
_DAYS_AGO = frozenset({"more_than_days_ago", "less_than_days_ago", "exactly_days_ago"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that a rule may name; `type` is its comparisons' family, `writable` means by a browser, unsigned."""

    name: str
    title: str
    type: str
    options: Sequence[str] = ()
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """All attributes, of people and of companies, under headings and by their names in the API."""

    groups: Sequence[tuple[str, Sequence[Attribute]]]
    by_name: Mapping[str, Attribute]

    def of(self, name: str) -> Attribute:
        """Return an attribute; an unknown one counts as a text."""
        return self.by_name.get(name) or Attribute(name, name, "text")


def choices(configuration: Mapping[str, Any], tags: Sequence[str]) -> Choices:
    """Return the attributes on offer in rules, from a whole configuration and the names of all tags."""
    groups = []
    for heading, model, key in ((_("Person"), "contact", "person"), (_("Company"), "company", "company")):
        custom = [_custom(attribute) for attribute in configuration["data_attributes"] if _is_custom(attribute, model)]
        builtin = [
            Attribute(value.name, value.title, value.type, tags if value.type == "tag" else ())
            for value in _builtin(key)
        ]
        groups.append((heading, [*builtin, *custom]))
    return Choices(groups, {attribute.name: attribute for _label, some in groups for attribute in some})


def widget(attribute: Attribute, comparison: str) -> str:
    """Return the kind of field in which a value is typed."""
    if comparison in NOTHING:
        return "none"
    if comparison in LISTS:
        return "options" if attribute.options and attribute.type != "tag" else "lines"
    if attribute.type == "boolean":
        return "boolean"
    if attribute.type == "date":
        return "days" if comparison in _DAYS_AGO else "date"
    if attribute.type == "number":
        return "number"
    return "option" if attribute.options and comparison in {"eq", "ne"} else "text"


@cache
def _builtin(model: str) -> tuple[Attribute, ...]:
    entries = load_json("attributes.json")[model].values()
    return tuple(Attribute(entry["wire"], entry["title"], entry["type"]) for entry in entries)


def _is_custom(entry: Mapping[str, Any], model: str) -> bool:
    return bool(entry["custom"]) and entry["model"] == model and entry["values"]["type"] in CONDITION_TYPE


def _custom(entry: Mapping[str, Any]) -> Attribute:
    values = entry["values"]
    return Attribute(
        name=custom_name(entry["model"], entry["name"]),
        title=entry["name"],
        type=CONDITION_TYPE[values["type"]],
        options=values["options"] or (),
        writable=values["messenger_writable"],
    )

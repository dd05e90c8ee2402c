"""A person's part on a screen of Intercom: its place, the values to enter in its words, and the read-back.

`navigation.toml` holds the labels, each with its source. Nothing here claims more than that source says.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from workspace.core.errors import ApiError
from workspace.upstream import capabilities
from workspace.upstream.intercom import audience
from workspace.upstream.protocol import Instruction, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from workspace.upstream.protocol import Write

VENDOR = "intercom"
SECTIONS = {
    "search": "Search",
    "tickets_portal": "Tickets portal section",
    "collections": "Collections",
    "featured_content": "Featured content",
    "announcements": "Announcements",
    "text_content": "Text",
    "external_links": "External links",
}
"""What a person finds on the vendor's screen; of these labels its public texts name only that of the card.

The console of this repository calls its sections by words of its own: the two may part, and do not follow each other.
"""
_VISIBILITY = "Which tickets do people see now: all of their companies, own, or own by a rule? Type all, own or rule"


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen that is saved as a whole by the button `save`, for fields of resources with this address."""

    address: str
    fields: tuple[str, ...]
    place: Place
    save: str


@cache
def screens() -> tuple[Screen, ...]:
    """Return all screens, in the order of the file."""
    text = (files(__package__) / "navigation.toml").read_text(encoding="utf-8")
    return tuple(_screen(row) for row in tomllib.loads(text)["screen"])


def instruct(change: Write, fields: Sequence[str], settings: Mapping[str, Mapping[str, Any]]) -> Instruction:
    """Return the instruction for the first screen of a change; ApiError 422 for a rule that its screen cannot hold."""
    screen = _first(change, fields)
    here = tuple(name for name in fields if name in screen.fields)
    after = change.after or {}
    kind = change.address.partition("/")[0]
    read_back, question, expects = _read_back(kind, change, here, settings)
    return Instruction(
        place=screen.place,
        fields=here,
        enter=tuple(_enter(kind, after, here)),
        save=screen.save,
        read_back=read_back,
        question=question,
        expects=expects,
        minutes=_minutes(change.address, here),
    )


def _screen(row: Mapping[str, Any]) -> Screen:
    older = tuple(row.get("older", ()))
    place = Place(
        path=tuple(row["path"]),
        dated=f"{row['source']}, read {row['read']}",
        older=older,
        older_dated=f"{row['older_source']}, read {row['read']}" if older else "",
    )
    return Screen(row["address"], tuple(row["fields"]), place, row["save"])


def _first(change: Write, fields: Sequence[str]) -> Screen:
    """Return the first screen: closing a Help Center comes first, opening it last."""
    results = [
        screen for screen in screens() if _is_of(screen, change.address) and not set(screen.fields).isdisjoint(fields)
    ]
    closing = [result for result in results if "live" in result.fields and (change.after or {}).get("live") is False]
    return (closing or results)[0]


def _is_of(screen: Screen, address: str) -> bool:
    return address == screen.address or address.startswith(f"{screen.address}/")


def _minutes(address: str, names: Iterable[str]) -> int:
    desired = {capabilities.field_of(address, name) for name in names} - {None}
    minutes = [capabilities.of(VENDOR, address, str(name)) for name in desired]
    return max((minute.minutes for minute in minutes if minute is not None), default=1)


# --- what to enter ----------------------------------------------------------------------------------


def _enter(kind: str, after: Mapping[str, Any], names: Sequence[str]) -> Iterable[str]:
    special: dict[str, Callable[[], Iterable[str]]] = {
        "audience": lambda: _audience(after),
        "ticket_visibility": lambda: _visibility(after),
        "portal": lambda: ["Turn the switch on" if after["enabled"] else "Turn the switch off"],
        "homepage": lambda: _sections(after["live" if "live" in names else "draft"]),
        "identity": lambda: [_IDENTITY[after["mode"]]],
    }
    if kind in special:
        return special[kind]()
    return [_line(name, after.get(name)) for name in names]


_IDENTITY = {
    "off": "Turn the enforcement of identity verification and of Messenger security off",
    "hmac": "Enforce identity verification, with user hashes (HMAC)",
    "jwt": "Enforce Messenger security, with JSON Web Tokens (JWT)",
}
_LABELS = {
    "live": ("Set the Help Center live", "Take the Help Center offline"),
    "https": ("Protocol: HTTPS", "Protocol: HTTP"),
    "cookie_forwarding": ("Forward cookies to the Help Center", "Do not forward cookies to the Help Center"),
    "messenger_writable": ("Turn the switch off", "Turn the switch on"),
}
"""The action for true and for false; the switch of an attribute says the opposite of the setting."""


def _line(name: str, value: Any) -> str:
    if isinstance(value, bool):
        on, off = _LABELS.get(name, (f"{name.capitalize()}: on", f"{name.capitalize()}: off"))
        return on if value else off
    label = name.replace("_", " ").capitalize()
    if isinstance(value, list):
        return f"{label}: {', '.join(_link(item) for item in value) or 'none'}"
    return f"{label}: {'leave it empty' if value is None else value}"


def _link(entry: Any) -> str:
    return f"{entry['label']} → {entry['url']}" if isinstance(entry, dict) else str(entry)


def _audience(after: Mapping[str, Any]) -> Iterable[str]:
    try:
        return audience.enter(after)
    except audience.NotExpressible as problem:
        raise ApiError(422, problem.problems) from problem


def _visibility(after: Mapping[str, Any]) -> Iterable[str]:
    if not after["restricted"]:
        return ["All tickets of their companies"]
    if after["conditions"] is None:
        return ["Only tickets that they created, for everybody"]
    try:
        rows = audience.lines(audience.rows(after["conditions"], "conditions"))
    except audience.NotExpressible as problem:
        raise ApiError(422, problem.problems) from problem
    return ["Only tickets that they created, for people who match:", *rows]


def _sections(page: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    for place, section in enumerate(page, start=1):
        settings = [f"{name.replace('_', ' ')} {_shown(value)}" for name, value in section["settings"].items()]
        switch = "on" if section["enabled"] else "off"
        yield " · ".join([f"{place}. {_called(section)}", switch, *settings])


def _called(section: Mapping[str, Any]) -> str:
    kind = str(section["type"])
    return SECTIONS.get(kind, kind)


def _shown(value: Any) -> str:
    return ", ".join(map(_link, value)) if isinstance(value, list) else f"“{value}”"


# --- what to read back ------------------------------------------------------------------------------

ReadBack = tuple[str, str, tuple[str, ...]]
_NOTHING: ReadBack = ("none", "", ())


def _read_back(kind: str, change: Write, names: Sequence[str], settings: Mapping[str, Mapping[str, Any]]) -> ReadBack:
    after = change.after or {}
    read_back: ReadBack = _NOTHING
    match kind:
        case "audience" if after["mode"] != "nobody":
            read_back = "count", "Type the number of people that the preview shows", ()
        case "audience":
            read_back = "text", "How many people does the preview show? Type none where it shows nobody", ("none", "0")
        case "portal" if after["enabled"]:
            beginnings = _beginnings(change.address.partition("/")[2], settings)
            read_back = "url", "Type the address of the portal that the screen shows", beginnings
        case "portal":
            read_back = "text", "What does the switch say now? Type on or off", ("off",)
        case "ticket_visibility":
            desired = "all" if not after["restricted"] else "own" if after["conditions"] is None else "rule"
            read_back = "text", _VISIBILITY, (desired,)
        case "homepage":
            shown = [_called(value) for value in after["live" if "live" in names else "draft"] if value["enabled"]]
            read_back = "text", "Type the sections that are on, from top to bottom, with commas", (", ".join(shown),)
        case "style" if after.get("primary_color") and "primary_color" in names:
            read_back = "text", "Type the colour that the screen shows now", (after["primary_color"],)
    return read_back


def _beginnings(identifier: str, settings: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the possible beginnings of the portal's address: the Help Center's own domain, or the vendor's."""
    domain = settings.get(f"help_center/{identifier}", {}).get("custom_domain")
    return (*([f"{domain}/"] if domain else []), f"intercom.help/{identifier}/")

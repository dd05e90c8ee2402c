"""Settings of homepage sections as the fields of a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.core.texts import _

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLES = {
    "search": _("Search"),
    "tickets_portal": _("Tickets portal section"),
    "collections": _("Collections"),
    "featured_content": _("Featured content"),
    "announcements": _("Announcements"),
    "text_content": _("Text"),
    "external_links": _("External links"),
}
"""The console's labels of each type of section; tasks use the vendor's words."""

_LINES = "lines"
_FIELDS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "search": (("placeholder", _("Placeholder"), "text"),),
    "tickets_portal": (("title", _("Title"), "text"), ("description", _("Description"), "text")),
    "collections": (("columns", _("Columns"), "number"),),
    "featured_content": (("title", _("Title"), "text"),),
    "announcements": (("limit", _("How many"), "number"),),
    "text_content": (("title", _("Title"), "text"), ("body", _("Text"), "long")),
    "external_links": (("title", _("Title"), "text"), ("links", _("Links: one to a line, label | https://…"), _LINES)),
}
"""By type: the name of each setting, its label, and the kind of its field."""


@dataclass(frozen=True, slots=True)
class Field:
    """A setting of a section, as typed, by its name there; `kind`: `text`, `long`, `number` or `lines`."""

    name: str
    label: str
    kind: str
    text: str


def fields_of(section: str, settings: Mapping[str, Any]) -> list[Field]:
    """Return the fields of a section."""
    return [Field(name, label, kind, _text(settings.get(name), kind)) for name, label, kind in _FIELDS.get(section, ())]


def settings_of(section: str, before: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Merge a form into a section's settings; an empty field removes one. ValueError for an unreadable field."""
    settings = dict(before)
    for name, label, kind in _FIELDS.get(section, ()):
        text = form.get(f"{section}.{name}")
        if text is None:
            continue
        text = text.strip().replace("\r\n", "\n")
        if text == _text(before.get(name), kind):
            continue
        if text:
            settings[name] = _value(text, kind, f"{TITLES[section]}: {label}")
        else:
            settings.pop(name, None)
    return settings


def link_lines(value: object) -> str:
    """Return a list of links as it is typed: one to a line, its label and its address."""
    links = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    return "\n".join(f"{link.get('label', '')} | {link.get('url', '')}" for link in links)


def links_of(text: str, what: str) -> list[dict[str, str]]:
    """Parse links, one to a line, label and address; ValueError for an unreadable one, named by the noun `what`."""
    return [_link(line, what) for line in text.splitlines() if line.strip()]


def _text(value: object, kind: str) -> str:
    if kind == _LINES:
        return link_lines(value)
    return "" if value is None else str(value)


def _value(text: str, kind: str, what: str) -> Any:
    if kind == "number":
        if not (text.isascii() and text.isdecimal()):
            raise ValueError(_("%(what)s is a whole number") % {"what": what})
        return int(text)
    return links_of(text, what) if kind == _LINES else text


def _link(line: str, what: str) -> dict[str, str]:
    label, bar, url = (part.strip() for part in line.rpartition("|"))
    if not bar or not label or not url.startswith("https://"):
        raise ValueError(
            _("%(what)s: %(line)s is not a label, a bar and an address that starts with https://")
            % {"what": what, "line": repr(line.strip())}
        )
    return {"label": label, "url": url}

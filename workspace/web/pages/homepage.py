"""A homepage's sections → their content. Stored settings may be of any shape: nothing is taken for granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from workspace.access.view import CARD
from workspace.core.texts import _
from workspace.portal.articles import MOST_ANNOUNCED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workspace.portal.articles import Content

_COLUMNS = (1, 2, 3, 4)


def sections(content: Content, page: Sequence[Mapping[str, Any]], *, card: bool) -> Iterator[dict[str, Any]]:
    """Yield the visible sections, in order, each with its `type` and its template's values; unknown ones are hidden."""
    for section in page:
        kind, settings = section["type"], section["settings"]
        if section["enabled"] and kind in _SHOWN and (card or kind != CARD):
            yield {"type": kind, **_SHOWN[kind](content, settings)}


def _search(_content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"placeholder": _text(settings, "placeholder", _("Search for articles"))}


def _card(_content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": _text(settings, "title", _("Tickets portal")),
        "text": _text(settings, "description", _("See what you and your colleagues asked us, and where it stands.")),
    }


def _collections(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    columns = settings.get("columns")
    return {
        "title": _text(settings, "title", _("Browse by topic")),
        "columns": columns if columns in _COLUMNS and not isinstance(columns, bool) else 3,
        "collections": content.collections(),
    }


def _featured(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": _text(settings, "title", _("Popular")), "articles": content.featured()}


def _announcements(content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    limit = settings.get("limit")
    most = limit if isinstance(limit, int) and 0 < limit <= MOST_ANNOUNCED else 3
    return {
        "title": _text(settings, "title", _("News")),
        "articles": content.announced()[:most],
        "dated": settings.get("show_dates") is True,
    }


def _words(_content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": _text(settings, "title", ""), "text": _text(settings, "body", _text(settings, "text", ""))}


def _links(_content: Content, settings: Mapping[str, Any]) -> dict[str, Any]:
    given = settings.get("links")
    links = [value for value in given if isinstance(value, dict)] if isinstance(given, list) else []
    results = [
        (_text(link, "label", _text(link, "title", _text(link, "url", ""))), _text(link, "url", "")) for link in links
    ]
    return {
        "title": _text(settings, "title", _("Links")),
        "links": [value for value in results if _leads_out(value[1])],
    }


def _leads_out(url: str) -> bool:
    try:
        return urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return False


def _text(settings: Mapping[str, Any], name: str, otherwise: str) -> str:
    given = settings.get(name)
    return given if isinstance(given, str) and given.strip() else otherwise


_SHOWN = {
    "search": _search,
    CARD: _card,
    "collections": _collections,
    "featured_content": _featured,
    "announcements": _announcements,
    "text_content": _words,
    "external_links": _links,
}

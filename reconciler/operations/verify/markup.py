"""The machine-readable part of a Help Center page: links into the portal, tickets, the next page."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Markup:
    """The marked parts of a page: ways into the portal (`card`, `banner`), a stated count, the row of each ticket."""

    ways: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    count: int | None = None
    more: bool = False  # than the count
    tickets: list[int] = field(default_factory=list)
    rows: dict[int, str] = field(default_factory=dict)
    next: str | None = None


def read(page: str) -> Markup:
    """Read the marked parts of a page, whatever its other markup."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.markup


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.markup = Markup()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "data-tickets" in given:
            self.markup.count, self.markup.more = _number(given["data-tickets"]), "data-more" in given
        number = _number(given.get("data-ticket", ""))
        if number is not None:
            self.markup.tickets.append(number)
        if tag == "a" and given.get("href"):
            self._link(given)

    def _link(self, given: dict[str, str]) -> None:
        href = given["href"]
        self.markup.links.append(href)
        if "data-portal" in given:
            self.markup.ways.setdefault(given["data-portal"], href)
        if given.get("rel") == "next":
            self.markup.next = href
        elif self.markup.tickets:
            self.markup.rows.setdefault(self.markup.tickets[-1], href)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None  # noqa: PLR2004 - a number's size

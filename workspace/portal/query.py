"""The query of the portal's list of tickets: read from, and written into, the page's address."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from workspace.core.folding import storable
from workspace.portal.ranking import MAX_QUERY

if TYPE_CHECKING:
    from collections.abc import Mapping

SORTS = ("number", "title", "type", "state", "created", "updated")
_LONGEST = 300
_MAX_PAGE = 1_000_000
_NAMES = {"text": "q"}
"""The parameters that have other names than the parts of a query."""
Span = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class TicketQuery:
    """A search, filters, an order and a page from 1. Unreadable parts count as not given.

    `state` is a label for customers; days are `YYYY-MM-DD` in UTC, the last one included; `sort` is one of `SORTS`,
    `order` `asc` or `desc`. Unless `sorted_on_purpose`, a search goes by rank. `opened` shows the choices of filters of
    a long list.
    """

    text: str = ""
    type: str = ""
    state: str = ""
    creator: str = ""
    created_from: str = ""
    created_to: str = ""
    updated_from: str = ""
    updated_to: str = ""
    sort: str = "updated"
    order: str = "desc"
    page: int = 1
    sorted_on_purpose: bool = False
    opened: bool = False

    @classmethod
    def read(cls, given: Mapping[str, str]) -> TicketQuery:
        """Parse the parameters of an address."""
        texts = {name: _text(given.get(name, "")) for name in ("type", "state", "creator")}
        days = {f"{what}_{end}": "" for what in ("created", "updated") for end in ("from", "to")}
        days = {name: _day(given.get(name, "")) for name in days}
        # A choice of an order says both in one: `title.asc`.
        sort, _, order = given.get("sort", "").partition(".")
        page = given.get("page", "")
        return cls(
            text=_text(given.get("q", ""))[:MAX_QUERY].strip(),
            sort=sort if sort in SORTS else "updated",
            order="asc" if (order or given.get("order")) == "asc" else "desc",
            page=min(int(page), _MAX_PAGE)
            if page.isascii() and page.isdigit() and len(page) <= len(str(_MAX_PAGE))
            else 1,
            sorted_on_purpose=sort in SORTS,
            opened=given.get("filters") == "open",
            **texts,
            **days,
        )

    @property
    def ascending(self) -> bool:
        """True for the smallest first."""
        return self.order == "asc"

    @property
    def created(self) -> Span:
        """From when on, and until before when, the tickets were created."""
        return _span(self.created_from, self.created_to)

    @property
    def updated(self) -> Span:
        """From when on, and until before when, something happened in them last."""
        return _span(self.updated_from, self.updated_to)

    @property
    def filters(self) -> int:
        """The number of filters, without the search."""
        names = ("type", "state", "creator", "created_from", "created_to", "updated_from", "updated_to")
        return sum(bool(getattr(self, name)) for name in names)

    @property
    def to_filters(self) -> str:
        """The end of the address of the same list with the choices of filters."""
        return f"?{urlencode({**self.parameters(), 'filters': 'open'})}"

    def sorted_by(self, column: str) -> TicketQuery:
        """Return the same query in the order of a column, reversed if it has that order already."""
        chosen = self.sort == column and (self.sorted_on_purpose or not self.text)
        first = "asc" if column in {"title", "type", "state"} else "desc"
        other = {"asc": "desc", "desc": "asc"}[self.order]
        return replace(self, sort=column, order=other if chosen else first, page=1, sorted_on_purpose=True)

    @property
    def choice(self) -> str:
        """The order as one choice, `title.asc`; empty for a search sorted by rank."""
        return f"{self.sort}.{self.order}" if self.sorted_on_purpose or not self.text else ""

    def on_page(self, number: int) -> TicketQuery:
        """Return the same query for another page."""
        return replace(self, page=number)

    def parameters(self) -> dict[str, str]:
        """Return the parameters of an address for this query, without empty ones."""
        skipped = {"sorted_on_purpose", "opened"} | (set() if self.sorted_on_purpose else {"sort", "order"})
        return {
            _NAMES.get(field.name, field.name): str(getattr(self, field.name))
            for field in fields(self)
            if field.name not in skipped
            and (getattr(self, field.name) != field.default or field.name in {"sort", "order"})
        }

    def address(self) -> str:
        """Return the same as the end of an address."""
        given = urlencode(self.parameters())
        return f"?{given}" if given else ""


def _text(given: str) -> str:
    return given if len(given) <= _LONGEST and storable(given) else ""


def _day(given: str) -> str:
    try:
        return date.fromisoformat(given).isoformat()
    except ValueError:
        return ""


def _span(first: str, last: str) -> Span:
    return (_start(first) if first else None), (_start(last) + 86_400 if last else None)


def _start(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())

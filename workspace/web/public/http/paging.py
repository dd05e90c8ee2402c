"""The vendor's ways of paging: by a cursor, by numbered pages with a link to the next, by scrolling with a cursor.

A cursor names the last row that was seen by its place in the order, so that rows which come or go
meanwhile neither repeat nor hide others. A page past the end is empty, which is how some clients
know that they are done.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import and_, func, or_, select

from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.core.folding import storable
from workspace.web.http import query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ColumnElement, Connection, Row, Select

MAX_PER_PAGE = 150
_MAX_PAGE = 10**9
_MAX_CURSOR = 10_000
_NOT_THERE = -(2**62)
_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Order:
    """By what rows are ordered; rows that are equal in it are ordered by their id.

    Attributes:
        name: What the order is called.
        key: What it compares; rows without a value count as the lowest.
        id: The id of a row.
        descending: Whether the highest comes first.
        kind: Of what kind the keys are.
    """

    name: str
    key: ColumnElement[Any]
    id: ColumnElement[str]
    descending: bool = True
    kind: type = int

    def signature(self) -> str:
        """Return what tells this order from others."""
        return f"{self.name} {'descending' if self.descending else 'ascending'}"

    def columns(self) -> tuple[ColumnElement[Any], ...]:
        """Return what a statement is ordered by."""
        return (self.key.desc() if self.descending else self.key.asc()), self.id.asc()

    def after(self, key: Any, last: str) -> ColumnElement[bool]:
        """Return the condition on rows that come after one."""
        further = self.key < key if self.descending else self.key > key
        return or_(further, and_(self.key == key, self.id > last))


def by_moment(name: str, column: ColumnElement[Any], row: ColumnElement[str], *, descending: bool = True) -> Order:
    """Return the order by a moment that may be missing."""
    return Order(name, func.coalesce(column, _NOT_THERE), row, descending)


def by_text(name: str, column: ColumnElement[Any], row: ColumnElement[str], *, descending: bool = True) -> Order:
    """Return the order by a text that may be missing."""
    return Order(name, func.coalesce(column, ""), row, descending, str)


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is asked for.

    Attributes:
        per_page: How many rows it has at most.
        number: Its number, from 1.
        after: The cursor's order, key and id; None where the page is asked for by its number.
    """

    per_page: int
    number: int = 1
    after: tuple[str, Any, str] | None = None


def numbered(default: int, also: Mapping[str, Callable[[str], Any]] | None = None) -> tuple[Page, dict[str, Any]]:
    """Return the page that the query parameters `page` and `per_page` name, and the other parameters given.

    Args:
        default: How many rows a page has where nothing else is said.
        also: How each other parameter there is reads its text.

    Raises:
        ApiError: 400.
    """
    asked = query({"page": _page, "per_page": _per_page, **(also or {})})
    return Page(asked.pop("per_page", default), asked.pop("page", 1)), asked


def from_query(default: int) -> Page:
    """Return the page that `per_page` and `starting_after`, or `page`, name in the query.

    Raises:
        ApiError: 400.
    """
    page, asked = numbered(default, {"starting_after": str})
    return _at(page.per_page, asked["starting_after"]) if asked.get("starting_after") else page


def from_scroll(per_page: int) -> tuple[Page, str]:
    """Return the page that `scroll_param` names in the query, the first where it is missing; and what it says.

    Raises:
        ApiError: 400.
    """
    given = query({"scroll_param": str}).get("scroll_param", "")
    return _at(per_page, given, "scroll_param") if given else Page(per_page), given


def from_body(pagination: Mapping[str, Any], default: int) -> Page:
    """Return the page that `pagination` of a search names.

    Raises:
        ApiError: 400.
    """
    per_page = pagination.get("per_page", default)
    if not 1 <= per_page <= MAX_PER_PAGE:
        raise invalid_parameter(_PER_PAGE, "pagination.per_page")
    cursor = pagination.get("starting_after")
    return _at(per_page, cursor) if cursor else Page(per_page)


def text(given: str) -> str:
    """Return the text that a query parameter is.

    Raises:
        ValueError: No database can be asked about it.
    """
    if not storable(given):
        raise ValueError("must not hold NUL")
    return given


def fetch(connection: Connection, statement: Select[Any], order: Order, page: Page) -> tuple[list[Row[Any]], int]:
    """Return a page's rows and how many there are on all pages.

    Args:
        connection: Where to read.
        statement: Selects the rows, unordered, with the order's columns among what it can name.
        order: Their order.
        page: Which page.

    Raises:
        ApiError: 400 for a cursor of another order.
    """
    total = connection.execute(select(func.count()).select_from(statement.order_by(None).subquery())).scalar_one()
    ordered = statement.add_columns(order.key.label("order_key"), order.id.label("order_id")).order_by(*order.columns())
    if page.after is None:
        ordered = ordered.offset((page.number - 1) * page.per_page)
    else:
        signature, key, last = page.after
        if signature != order.signature() or not isinstance(key, order.kind):
            raise _bad_cursor()
        ordered = ordered.where(order.after(key, last))
    return list(connection.execute(ordered.limit(page.per_page))), total


def cursor_pages(page: Page, order: Order, rows: list[Row[Any]], total: int) -> dict[str, Any]:
    """Return `pages` of a list that is walked by a cursor; the last page has no `next`."""
    document: dict[str, Any] = {
        "type": "pages",
        "page": page.number,
        "per_page": page.per_page,
        "total_pages": _count(page, total),
    }
    if len(rows) == page.per_page and page.number < document["total_pages"]:
        document["next"] = {"per_page": page.per_page, "starting_after": cursor_after(page, order, rows[-1])}
    return document


def cursor_after(page: Page, order: Order, last: Row[Any]) -> str:
    """Return the cursor of the page that begins after a page's last row."""
    cursor = json.dumps([page.number + 1, order.signature(), last.order_key, last.order_id], ensure_ascii=False)
    return base64.urlsafe_b64encode(cursor.encode()).decode("ascii")


def link_pages(page: Page, total: int) -> dict[str, Any]:
    """Return `pages` of a list with numbered pages: `next` is an address or null."""
    pages = _count(page, total)
    following = None
    if page.number < pages:
        parameters = {**request.args.to_dict(), "page": page.number + 1, "per_page": page.per_page}
        following = f"{request.base_url}?{urlencode(parameters)}"
    return {
        "type": "pages",
        "page": page.number,
        "per_page": page.per_page,
        "total_pages": pages,
        "next": following,
    }


def _count(page: Page, total: int) -> int:
    return -(-total // page.per_page)


def _at(per_page: int, cursor: str, name: str = "starting_after") -> Page:
    try:
        number, signature, key, last = json.loads(base64.urlsafe_b64decode(cursor[:_MAX_CURSOR].encode("ascii")))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise _bad_cursor(name) from None
    right = type(number) is int and 0 < number < _MAX_PAGE and all(isinstance(one, str) for one in (signature, last))
    comparable = isinstance(key, str) or (type(key) is int and abs(key) < _LARGEST)
    if not (right and comparable and storable(f"{key}{last}")):
        raise _bad_cursor(name)
    return Page(per_page, number, (signature, key, last))


def _bad_cursor(name: str = "starting_after") -> ApiError:
    message = f"Invalid {name} param. Please pass a value that was given in a previous response."
    return ApiError(400, Problem("client_error", message, name))


_PER_PAGE = f"per_page must be from 1 to {MAX_PER_PAGE}"


def _per_page(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_PER_PAGE))):
        raise ValueError(_PER_PAGE)
    if not 1 <= int(text) <= MAX_PER_PAGE:
        raise ValueError(_PER_PAGE)
    return int(text)


def _page(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_MAX_PAGE)) and 1 <= int(text) <= _MAX_PAGE):
        raise ValueError(f"page must be from 1 to {_MAX_PAGE}")
    return int(text)

"""The vendor's ways of paging: by a cursor, by numbered pages with a link to the next, by scrolling with a cursor.

A cursor is the place of the last row seen: rows that come or go, or another page size, neither repeat nor hide others.
A page has a successor if a row follows it. One past the end is empty, which tells some clients that they are done.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Column, and_, case, func, or_

from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.core.folding import storable
from workspace.web.http import query
from workspace.web.public.http import totals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from workspace.web.public.http.query import Condition

MAX_PER_PAGE = 150
_MAX_PAGE = 10**9
_MAX_CURSOR = 10_000
_NOT_THERE = -(2**62)
_LARGEST = 2**63
_FEW = 5000
"""What a search finds is read in the order of an index, unless it is so few."""
_NEAR = 10_000
"""So many rows are looked at in that order for one page. What is further away is sorted."""


@dataclass(frozen=True, slots=True)
class Order:
    """The order of rows by a key of a type, then by id; rows without a key count as the lowest."""

    name: str
    key: ColumnElement[Any]
    id: ColumnElement[str]
    descending: bool = True
    kind: type = int
    id_kind: type = str

    def signature(self) -> str:
        """Return the identity of this order."""
        return f"{self.name} {'descending' if self.descending else 'ascending'}"

    def columns(self) -> tuple[ColumnElement[Any], ...]:
        """Return the columns of a statement's ORDER BY."""
        return (self.key.desc() if self.descending else self.key.asc()), self.id.asc()

    @property
    def walked(self) -> bool:
        """Whether an index has the rows in this order."""
        return isinstance(self.key, Column)

    def until(self, key: Any) -> ColumnElement[bool]:
        """Return the condition on rows that come no later than the last one with a key."""
        reached: ColumnElement[bool] = self.key >= key if self.descending else self.key <= key
        return reached

    def after(self, key: Any, last: Any) -> ColumnElement[bool]:
        """Return the condition on rows that come after one."""
        further = self.key < key if self.descending else self.key > key
        reached = self.key <= key if self.descending else self.key >= key
        # The first part is what an index is entered at; of an `or` no database makes one.
        return and_(reached, or_(further, self.id > last))


def by_moment(name: str, column: ColumnElement[Any], row: ColumnElement[str], *, descending: bool = True) -> Order:
    """Return the order by a moment that may be missing."""
    always = isinstance(column, Column) and not column.nullable
    # A moment that is always there is ordered as it stands, so that an index serves.
    return Order(name, column if always else func.coalesce(column, _NOT_THERE), row, descending)


def by_text(name: str, column: ColumnElement[Any], row: ColumnElement[str], *, descending: bool = True) -> Order:
    """Return the order by a text that may be missing."""
    return Order(name, func.coalesce(column, ""), row, descending, str)


@dataclass(frozen=True, slots=True)
class Page:
    """The requested page; `after` is a cursor's order, key and id, with which `number` only shows clients' progress."""

    per_page: int
    number: int = 1
    after: tuple[str, Any, Any] | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a page, the number of rows on all pages, and `more` if a row follows."""

    page: Page
    order: Order
    rows: list[Row[Any]]
    total: int
    more: bool

    @property
    def ids(self) -> list[str]:
        """The ids of the rows, in order."""
        return [row.order_id for row in self.rows]

    @property
    def following(self) -> str | None:
        """The cursor of the next page; None on the last."""
        return cursor_after(self.page, self.order, self.rows[-1]) if self.more else None


def numbered(default: int, also: Mapping[str, Callable[[str], Any]] | None = None) -> tuple[Page, dict[str, Any]]:
    """Return the page by `page` and `per_page` in the query, and other parameters, parsed by `also`; ApiError 400."""
    options = query({"page": _page, "per_page": per_page_of, "starting_after": str, **(also or {})})
    per_page, number = options.pop("per_page", default), options.pop("page", 1)
    cursor = options.pop("starting_after", "")
    return at(per_page, cursor) if cursor else Page(per_page, number), options


def from_query(default: int, also: Mapping[str, Callable[[str], Any]] | None = None) -> Page:
    """Return the page by `per_page` and `starting_after`, or `page`; ApiError 400. Those in `also` have no effect."""
    return numbered(default, also)[0]


def from_body(pagination: Mapping[str, Any], default: int) -> Page:
    """Return the page by the `pagination` of a search; ApiError 400 if invalid."""
    per_page = pagination.get("per_page", default)
    if not 1 <= per_page <= MAX_PER_PAGE:
        raise invalid_parameter(_PER_PAGE, "pagination.per_page")
    cursor = pagination.get("starting_after")
    return at(per_page, cursor) if cursor else Page(per_page)


def text(given: str) -> str:
    """Return the text of a query parameter; ValueError if no database can compare it."""
    if not storable(given):
        raise ValueError("must not hold NUL")
    return given


def fetch(
    connection: Connection,
    statement: Select[Any],
    order: Order,
    page: Page,
    where: Condition | None = None,
) -> Rows:
    """Fetch a page of an unordered statement with the order's columns in reach; ApiError 400 for a foreign cursor.

    `where` is the condition of a search, by which nobody knows yet how many rows there are: that decides how they are
    read. Something must have been read in the transaction before.
    """
    if where is None:
        rows = _fetch(connection, statement, order, page)
        total = totals.count(connection, statement)
    else:
        rows, total = _searched(connection, statement, order, page, where)
    return Rows(page, order, rows[: page.per_page], total, len(rows) > page.per_page)


def _searched(
    connection: Connection, statement: Select[Any], order: Order, page: Page, where: Condition
) -> tuple[list[Row[Any]], int]:
    led = statement.where(where.where)
    total = (
        totals.count(connection, led) if where.total is None else totals.number(connection, where.total, where.asked)
    )
    rows = _near(connection, statement, order, page, where) if total > _FEW and order.walked else None
    if rows is None:
        # Sorted: in the order of an index, whoever is not meant would be read, too.
        rows = _fetch(connection, led, replace(order, key=order.key + 0) if order.kind is int else order, page)
    return rows, total


def _near(
    connection: Connection, statement: Select[Any], order: Order, page: Page, where: Condition
) -> list[Row[Any]] | None:
    """Return the rows of a page from those next in the order, without a look at any further; None if not all are."""
    ends = _fetch(connection, statement, order, replace(page, per_page=1), skip=_NEAR)
    # SQLite does not know how many: it would look up all of them, and sort them for the sake of one page.
    each = case((where.each, 1)) == 1 if connection.dialect.name == "sqlite" else where.each
    near = statement.where(each)
    if ends:
        near = near.where(order.until(ends[0].order_key))
    rows = _fetch(connection, near, order, page)
    return None if ends and len(rows) <= page.per_page else rows


def _fetch(connection: Connection, statement: Select[Any], order: Order, page: Page, skip: int = 0) -> list[Row[Any]]:
    ordered = statement.add_columns(order.key.label("order_key"), order.id.label("order_id")).order_by(*order.columns())
    if page.after is None:
        ordered = ordered.offset((page.number - 1) * page.per_page + skip)
    else:
        signature, key, last = page.after
        if signature != order.signature() or not (isinstance(key, order.kind) and isinstance(last, order.id_kind)):
            raise _bad_cursor()
        ordered = ordered.where(order.after(key, last)).offset(skip)
    # One more than asked for: it says whether there is a next page.
    return list(connection.execute(ordered.limit(page.per_page + 1)))


def cursor_pages(rows: Rows) -> dict[str, Any]:
    """Return `pages` of a list that is walked by a cursor; the last page has no `next`."""
    page = rows.page
    document: dict[str, Any] = {
        "type": "pages",
        "page": page.number,
        "per_page": page.per_page,
        "total_pages": _count(page, rows.total),
    }
    if rows.following is not None:
        document["next"] = {"per_page": page.per_page, "starting_after": rows.following}
    return document


def cursor_after(page: Page, order: Order, last: Row[Any]) -> str:
    """Return the cursor of the page that begins after a page's last row."""
    cursor = json.dumps([page.number + 1, order.signature(), last.order_key, last.order_id], ensure_ascii=False)
    return base64.urlsafe_b64encode(cursor.encode()).decode("ascii")


def link_pages(rows: Rows) -> dict[str, Any]:
    """Return `pages` of a list with numbered pages: `next` is an address, which also names the position, or null."""
    page, following = rows.page, None
    if rows.following is not None:
        named = {"page": page.number + 1, "per_page": page.per_page, "starting_after": rows.following}
        following = f"{request.base_url}?{urlencode({**request.args.to_dict(), **named})}"
    return {
        "type": "pages",
        "page": page.number,
        "per_page": page.per_page,
        "total_pages": _count(page, rows.total),
        "next": following,
    }


def _count(page: Page, total: int) -> int:
    return -(-total // page.per_page)


def at(per_page: int, cursor: str, name: str = "starting_after") -> Page:
    """Return the page after the cursor in the parameter `name`; ApiError 400 for an invalid one."""
    try:
        number, signature, key, last = json.loads(base64.urlsafe_b64decode(cursor[:_MAX_CURSOR].encode("ascii")))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise _bad_cursor(name) from None
    right = type(number) is int and 0 < number < _MAX_PAGE and isinstance(signature, str)
    if not (right and all(map(_comparable, (key, last))) and storable(f"{key}{last}")):
        raise _bad_cursor(name)
    return Page(per_page, number, (signature, key, last))


def _comparable(value: object) -> bool:
    return isinstance(value, str) or (type(value) is int and abs(value) < _LARGEST)


def _bad_cursor(name: str = "starting_after") -> ApiError:
    message = f"Invalid {name} param. Please pass a value that was given in a previous response."
    return ApiError(400, Problem("client_error", message, name))


_PER_PAGE = f"per_page must be from 1 to {MAX_PER_PAGE}"


def per_page_of(text: str) -> int:
    """Parse the size of a page from a query parameter; ValueError if invalid."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_PER_PAGE))):
        raise ValueError(_PER_PAGE)
    if not 1 <= int(text) <= MAX_PER_PAGE:
        raise ValueError(_PER_PAGE)
    return int(text)


def _page(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_MAX_PAGE)) and 1 <= int(text) <= _MAX_PAGE):
        raise ValueError(f"page must be from 1 to {_MAX_PAGE}")
    return int(text)

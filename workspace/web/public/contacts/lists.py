"""GET /contacts and POST /contacts/search: contacts page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import false, select

from workspace.core.errors import ApiError, Problem
from workspace.database.tables import contacts
from workspace.web.public.contacts.documents import documents
from workspace.web.public.contacts.search import finder, order
from workspace.web.public.http import base, fields, paging
from workspace.web.public.http.fields import truth
from workspace.web.public.http.query import condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response
    from sqlalchemy import Connection

    from workspace.web.public.http.paging import Order, Page
    from workspace.web.public.http.query import Condition

blueprint = Blueprint("rest_contact_lists", __name__)

PER_PAGE = 50
ORDERS = ("ascending", "descending")
PAGINATION = fields.shaped(
    # The vendor takes the number of the page too, which says nothing that the cursor does not.
    {"per_page": fields.whole, "page": fields.whole, "starting_after": fields.nullable(fields.text)}
)


def anything(_place: str, _value: object) -> None:
    """Let a query pass: its language has complaints of its own."""


_SEARCH = {
    "query": anything,
    "pagination": fields.nullable(PAGINATION),
    "sort": fields.nullable(fields.shaped({"field": fields.text, "order": fields.text})),
}


@blueprint.get("/contacts")
def listed() -> Response:
    """Answer a page of all contacts that are not archived, the newest first."""
    page = paging.from_query(PER_PAGE, {"include_merge_history": truth})
    with base.reading() as connection:
        return base.answer(page_of_contacts(connection, None, newest_first(), page))


@blueprint.post("/contacts/search")
@base.only_reads
def search() -> Response:
    """Answer a page of the contacts that a query finds."""
    query = fields.body(_SEARCH, required=["query"])
    page = paging.from_body(query.get("pagination") or {}, PER_PAGE)
    desired = _order(query.get("sort") or {})
    with base.reading() as connection:
        where = condition(query["query"], finder(connection))
        return base.answer(page_of_contacts(connection, where, desired, page))


def page_of_contacts(connection: Connection, where: Condition | None, desired: Order, page: Page) -> dict[str, Any]:
    """Return a page of contacts that are not archived, with cursors: of all, or as `paging.fetch` takes a condition."""
    statement = select(contacts.c.id).where(contacts.c.archived == false())
    rows = paging.fetch(connection, statement, desired, page, where)
    return {
        "type": "list",
        "data": documents(connection, rows.ids),
        "total_count": rows.total,
        "pages": paging.cursor_pages(rows),
    }


def newest_first() -> Order:
    """Return the order that lists of contacts have."""
    return _order({})


def _order(sort: Mapping[str, Any]) -> Order:
    direction = sort.get("order", "descending")
    if direction not in ORDERS:
        message = f"Invalid sort order '{direction}'. Must be one of: {', '.join(ORDERS)}"
        raise ApiError(400, Problem("invalid_sort_order", message, "sort.order"))
    name = sort.get("field", "created_at")
    result = order(name, descending=direction == "descending")
    if result is None:
        raise ApiError(400, Problem("invalid_field", f"{name} is not a valid sort field", "sort.field"))
    return result

"""Companies page by page, and the contacts and segments of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app
from sqlalchemy import ColumnElement, literal, select

from workspace.core.errors import ApiError, Problem, not_found
from workspace.database.tables import companies, company_tags, contacts, memberships
from workspace.web.public.companies.documents import documents
from workspace.web.public.contacts.lists import newest_first, page_of_contacts
from workspace.web.public.contacts.search import ARCHIVED
from workspace.web.public.http import base, paging, scrolls
from workspace.web.public.http.query import Column
from workspace.web.public.http.values import field_of

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection

    from workspace.web.public.http.paging import Page
    from workspace.web.public.http.scrolls import EndedScrolls

blueprint = Blueprint("rest_company_lists", __name__)

PER_PAGE = 15
CONTACTS_PER_PAGE = 50
_COMPANY = Column(memberships.c.company_id, memberships.c.company_id)
_PEOPLE = field_of("id", contacts.c.id, memberships.c.contact_id, _COMPANY, hidden=ARCHIVED)
SCROLLED = 100
"""The number of companies in each step of a scroll."""


@blueprint.get("/companies")
def find() -> Response:
    """Answer the companies of a name, a `company_id` or a tag; by default all with people."""
    page, query = paging.numbered(PER_PAGE, dict.fromkeys(("name", "company_id", "tag_id"), paging.text))
    with base.reading() as connection:
        return base.answer(_page(connection, _conditions(connection, query), page))


@blueprint.post("/companies/list")
@base.only_reads
def listed() -> Response:
    """Answer a page of the companies that have people."""
    page, query = paging.numbered(PER_PAGE, {"order": _order})
    with base.reading() as connection:
        return base.answer(_page(connection, [_has_people()], page, descending=query.get("order", "desc") == "desc"))


@blueprint.get("/companies/scroll")
def scroll() -> Response:
    """Answer the next companies with people, the oldest first; past the last one an empty page without a parameter."""
    page, scroll_id = scrolls.from_scroll(SCROLLED)
    ended: EndedScrolls = current_app.extensions[scrolls.SCROLLS]
    if scroll_id in ended:
        raise not_found("scroll parameter not found")
    order = paging.by_moment("created_at", companies.c.created_at, companies.c.id, descending=False)
    with base.reading() as connection:
        rows = paging.fetch(connection, select(companies.c.id).where(_has_people()), order, page)
        answer = {"type": "list", "data": documents(connection, rows.ids), "pages": None, "total_count": None}
    if rows.rows:
        answer["scroll_param"] = f"{scroll_id}{paging.cursor_after(page, order, rows.rows[-1])}"
    else:
        ended.add(scroll_id)
    return base.answer(answer)


@blueprint.get("/companies/<company>/contacts")
def contacts_of(company: str) -> Response:
    """Answer a page of a company's people."""
    page = paging.from_query(CONTACTS_PER_PAGE)
    with base.reading() as connection:
        base.company_or_404(connection, company)
        theirs = _PEOPLE.condition(lambda here: here.plain == company)
        return base.answer(page_of_contacts(connection, theirs, newest_first(), page))


@blueprint.get("/companies/<company>/segments")
def segments_of(company: str) -> Response:
    """Answer the segments of a company: none, for there are only segments of people."""
    with base.reading() as connection:
        base.company_or_404(connection, company)
    return base.answer({"type": "list", "data": []})


def _conditions(connection: Connection, query: dict[str, Any]) -> list[ColumnElement[bool]]:
    named = [companies.c[name] == query[name] for name in ("name", "company_id") if name in query]
    if named:
        if connection.execute(select(companies.c.id).where(*named).limit(1)).first() is None:
            raise ApiError(404, Problem("company_not_found", "Company Not Found"))
    else:
        named = [_has_people()]
    if "tag_id" in query:
        tag = base.tag_or_404(connection, query["tag_id"]).id
        named.append(companies.c.id.in_(select(company_tags.c.owner_id).where(company_tags.c.tag_id == tag)))
    return named


def _has_people() -> ColumnElement[bool]:
    theirs = memberships.c.company_id == companies.c.id
    return select(literal(1)).where(theirs).correlate(companies).exists()


def _page(
    connection: Connection, conditions: list[ColumnElement[bool]], page: Page, *, descending: bool = True
) -> dict[str, Any]:
    order = paging.by_moment("created_at", companies.c.created_at, companies.c.id, descending=descending)
    rows = paging.fetch(connection, select(companies.c.id).where(*conditions), order, page)
    return {
        "type": "list",
        "data": documents(connection, rows.ids),
        "total_count": rows.total,
        "pages": paging.link_pages(rows),
    }


def _order(text: str) -> str:
    if text not in {"asc", "desc"}:
        raise ValueError("must be asc or desc")
    return text

"""/contacts/ID/companies: which companies a person belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy import func, select

from workspace.core.errors import ApiError, Problem
from workspace.database.tables import companies, memberships
from workspace.people import rows as people
from workspace.web.public.companies.documents import document, documents
from workspace.web.public.http import base, fields, paging

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection

blueprint = Blueprint("rest_contact_companies", __name__)

PER_PAGE = 50
MAX_COMPANIES = 1000


@blueprint.get("/contacts/<contact_id>/companies")
def listed(contact_id: str) -> Response:
    """Answer a page of the companies that a contact belongs to."""
    page, _ = paging.numbered(PER_PAGE, {"display_as": str})
    with base.reading() as connection:
        base.contact_or_404(connection, contact_id)
        statement = select(companies.c.id).join(memberships, memberships.c.company_id == companies.c.id)
        order = paging.by_moment("created_at", companies.c.created_at, companies.c.id)
        theirs = statement.where(memberships.c.contact_id == contact_id)
        rows = paging.fetch(connection, theirs, order, page)
        results = documents(connection, rows.ids)
    # The vendor's description calls the list `companies`, its examples `data`; clients know one or the other.
    answer = {"type": "list", "data": results, "companies": results, "total_count": rows.total}
    return base.answer({**answer, "pages": paging.link_pages(rows)})


@blueprint.post("/contacts/<contact_id>/companies")
def attach(contact_id: str) -> Response:
    """Attach a contact to a company; a second time changes nothing."""
    query = fields.body({"id": fields.identifier})
    if "id" not in query:
        raise ApiError(400, Problem("parameter_not_found", "company not specified"))
    company = query["id"]
    with base.changing() as connection:
        base.contact_or_404(connection, contact_id)
        base.company_or_404(connection, company)
        if not _belongs(connection, contact_id, company):
            _check_room(connection, contact_id)
            people.add_memberships(connection, [(contact_id, company)])
        answer = document(connection, company)
    return base.answer(answer)


@blueprint.delete("/contacts/<contact_id>/companies/<company>")
def detach(contact_id: str, company: str) -> Response:
    """Let a contact belong to a company no longer."""
    with base.changing() as connection:
        base.contact_or_404(connection, contact_id)
        base.company_or_404(connection, company)
        if not _belongs(connection, contact_id, company):
            raise ApiError(404, Problem("company_not_found", "Company Not Found"))
        people.remove_membership(connection, contact_id, company)
        answer = document(connection, company)
    return base.answer(answer)


def _belongs(connection: Connection, contact_id: str, company: str) -> bool:
    here = memberships.c.contact_id == contact_id, memberships.c.company_id == company
    return connection.execute(select(memberships.c.contact_id).where(*here)).first() is not None


def _check_room(connection: Connection, contact_id: str) -> None:
    counted = select(func.count()).select_from(memberships).where(memberships.c.contact_id == contact_id)
    if connection.execute(counted).scalar_one() >= MAX_COMPANIES:
        message = f"Contact has reached the maximum of {MAX_COMPANIES} company associations"
        raise ApiError(400, Problem("contact_company_limit_exceeded", message))

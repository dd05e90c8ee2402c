"""/contacts/ID/granted_companies: companies with tickets to read; `versions.NEWER` says where the vendor has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from workspace.core.errors import ApiError, Problem
from workspace.people import grants
from workspace.portal import granting
from workspace.web.http import query, whole_number
from workspace.web.public.http import base, fields, versions
from workspace.web.public.http.paging import MAX_PER_PAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

blueprint = Blueprint("rest_granted_companies", __name__)

PER_PAGE = 50
_LARGEST = 10**9


@blueprint.get("/contacts/<contact_id>/granted_companies")
@versions.newer
def listed(contact_id: str) -> Response:
    """Answer a page of the companies that a contact is granted, by the customer's own ids, the last one first."""
    options = query({"page": _number, "per_page": _number, "order": str})
    with base.reading() as connection:
        base.contact_or_404(connection, contact_id)
        results = grants.companies_of(connection, contact_id) if granting.enabled(connection) else []
    number, per_page = options.get("page", 1), min(options.get("per_page", PER_PAGE), MAX_PER_PAGE)
    ordered = results if options.get("order") == "asc" else results[::-1]
    page = ordered[(number - 1) * per_page : number * per_page]
    pages = {"type": "pages", "page": number, "per_page": per_page, "total_pages": -(-len(results) // per_page)}
    return base.answer({"type": "list", "company_ids": page, "total_count": len(results), "pages": pages})


@blueprint.put("/contacts/<contact_id>/granted_companies")
@versions.newer
def replace(contact_id: str) -> Response:
    """Replace a contact's grants."""
    body = fields.body({"company_ids": fields.many(fields.identifier, grants.MOST)}, required=["company_ids"])
    return base.answer({"type": "list", "company_ids": _grant(contact_id, body["company_ids"])})


@blueprint.delete("/contacts/<contact_id>/granted_companies/<any_text:company_id>")
@versions.newer
def remove(contact_id: str, company_id: str) -> Response:
    """Grant a contact one company no longer; done again, there is nothing to be found."""
    with base.admin_writing() as write:
        base.contact_or_404(write.connection, contact_id)
        granting.require(write.connection)
        companies_of = grants.companies_of(write.connection, contact_id)
        if company_id not in companies_of:
            raise ApiError(404, Problem("company_not_found", "Company Not Found"))
        granting.grant(write, {contact_id: [text for text in companies_of if text != company_id]})
    return Response(status=204)


def _grant(contact_id: str, desired: Sequence[str]) -> list[str]:
    with base.admin_writing() as write:
        base.contact_or_404(write.connection, contact_id)
        granting.grant(write, {contact_id: desired})
        return grants.companies_of(write.connection, contact_id)


def _number(text: str) -> int:
    return whole_number(text, 1, _LARGEST)

"""/companies: create, read, change and delete companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import delete, select, update

from workspace.core.errors import ApiError, Problem
from workspace.database.tables import companies, tickets
from workspace.people import rows as people
from workspace.web.public import custom_attributes
from workspace.web.public.companies.documents import document
from workspace.web.public.http import base, fields

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection

blueprint = Blueprint("rest_companies", __name__)

_CHANGEABLE = {
    "name": fields.text,
    "plan": fields.nullable(fields.text),
    "size": fields.nullable(fields.whole),
    "website": fields.nullable(fields.text),
    "industry": fields.nullable(fields.text),
    "monthly_spend": fields.nullable(fields.whole),
    "custom_attributes": fields.nullable(fields.mapping),
}
_FIELDS = {**_CHANGEABLE, "company_id": fields.identifier, "remote_created_at": fields.nullable(fields.moment)}


@blueprint.post("/companies")
def create_or_update() -> Response:
    """Create a company, or change the one that the customer's application calls by the same `company_id`."""
    values = fields.body(_FIELDS)
    if not {"company_id", "name"} & values.keys():
        raise ApiError(400, Problem("parameter_missing", "company_id or name is needed", "company_id"))
    with base.changing() as connection:
        company = _find(connection, values.get("company_id"))
        if company is None:
            company = base.new_id()
            new = people.Company(id=company, created_at=base.now(), company_id=values.get("company_id"))
            people.add_companies(connection, [new])
        answer = _change(connection, company, values)
    return base.answer(answer)


@blueprint.get("/companies/<company>")
def get(company: str) -> Response:
    """Answer a company."""
    with base.reading() as connection:
        base.company_or_404(connection, company)
        return base.answer(document(connection, company))


@blueprint.put("/companies/<company>")
def put(company: str) -> Response:
    """Change the named fields of a company."""
    values = fields.body(_CHANGEABLE)
    with base.changing() as connection:
        base.company_or_404(connection, company)
        answer = _change(connection, company, values)
    return base.answer(answer)


@blueprint.delete("/companies/<company>")
def remove(company: str) -> Response:
    """Delete a company; its tickets stay with their creators."""
    with base.changing() as connection:
        base.company_or_404(connection, company)
        connection.execute(update(tickets).where(tickets.c.company_id == company).values(company_id=None))
        connection.execute(delete(companies).where(companies.c.id == company))
    return base.answer({"id": company, "object": "company", "deleted": True})


def _find(connection: Connection, company_id: str | None) -> str | None:
    if company_id is None:
        return None
    return connection.execute(select(companies.c.id).where(companies.c.company_id == company_id)).scalar()


def _change(connection: Connection, company: str, values: dict[str, Any]) -> dict[str, Any]:
    custom = values.pop("custom_attributes", None) or {}
    people.update_company(connection, company, {**values, "updated_at": base.now()})
    custom_attributes.write(connection, "company", company, custom)
    return document(connection, company)

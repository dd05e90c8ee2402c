"""Companies: each with its people, its tags and its attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, abort
from sqlalchemy import func, select

from workspace.core.folding import folded
from workspace.database.tables import companies, company_tags, memberships, tags, tickets
from workspace.people.directory import company_name, named
from workspace.web import context
from workspace.web.console import shell
from workspace.web.console.people.contacts import page_number, query
from workspace.web.console.people.facts import custom_values, facts
from workspace.web.console.shell import blueprint

if TYPE_CHECKING:
    from sqlalchemy import Connection

PER_PAGE = 20
MOST_PEOPLE = 50


@blueprint.get("/hc/<name:help_center>/companies")
def list_companies(help_center: str) -> Response:
    """List the companies whose name has a text in it."""
    text = query()
    column_elements = [companies.c.name_folded.contains(folded(text), autoescape=True)] if text else []
    with context.reading() as connection:
        count = connection.execute(select(func.count()).select_from(companies).where(*column_elements)).scalar_one()
        pages = max(-(-count // PER_PAGE), 1)
        number = min(max(page_number(), 1), pages)
        statement = select(companies.c.id, companies.c.company_id, company_name().label("name")).where(*column_elements)
        page = (
            statement.order_by(companies.c.name_folded, companies.c.id).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
        )
        rows = connection.execute(page).all()
        sizes = _sizes(connection, [row.id for row in rows])
    return shell.page(
        "companies.html",
        "companies",
        help_center,
        query=text,
        rows=rows,
        sizes=sizes,
        count=count,
        number=number,
        pages=pages,
    )


@blueprint.get("/hc/<name:help_center>/companies/<name:company>")
def company(help_center: str, company: str) -> Response:
    """Show a company."""
    with context.reading() as connection:
        row = connection.execute(select(companies).where(companies.c.id == company)).first() or abort(404)
        members = select(memberships.c.contact_id).where(memberships.c.company_id == company).limit(MOST_PEOPLE)
        tagged = select(tags.c.name).join(company_tags, company_tags.c.tag_id == tags.c.id)
        counted = select(func.count()).select_from(tickets).where(tickets.c.company_id == company)
        values: dict[str, Any] = {
            "company": row,
            "facts": facts("company", row),
            "custom": custom_values(connection, "company", company),
            "people": named(connection, list(connection.execute(members).scalars())),
            "size": _sizes(connection, [company]).get(company, 0),
            "tags": list(connection.execute(tagged.where(company_tags.c.owner_id == company)).scalars()),
            "tickets": connection.execute(counted).scalar_one(),
        }
    return shell.page("company.html", "companies", help_center, **values)


def _sizes(connection: Connection, ids: list[str]) -> dict[str, int]:
    counted = select(memberships.c.company_id, func.count()).where(memberships.c.company_id.in_(ids))
    return {row[0]: row[1] for row in connection.execute(counted.group_by(memberships.c.company_id))}

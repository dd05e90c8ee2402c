"""Contacts: the people of the workspace, each with their access and its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, abort, request
from sqlalchemy import select

from workspace.core.folding import storable
from workspace.database.tables import companies, contact_tags, contacts, memberships, tags, tickets
from workspace.identity import demo, viewings
from workspace.people.directory import company_name
from workspace.portal.ranking import MAX_QUERY
from workspace.web import context
from workspace.web.console import api, session, shell
from workspace.web.console.people.facts import custom_values, facts
from workspace.web.console.rules import choices
from workspace.web.console.rules.choices import COMPARISONS
from workspace.web.console.shell import blueprint
from workspace.writes.admin_write import admin_write

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOST_TICKETS = 20
_MAX_DIGITS = 6


@blueprint.get("/hc/<name:help_center>/contacts")
def list_contacts(help_center: str) -> Response:
    """List the people who match a text."""
    text = query()
    with context.reading() as connection:
        users = demo.users(connection, text, page_number())
    return shell.page("contacts.html", "contacts", help_center, query=text, users=users)


@blueprint.get("/hc/<name:help_center>/contacts/<name:contact>")
def contact(help_center: str, contact: str) -> Response:
    """Show a person."""
    configuration = api.get(f"/help_centers/{help_center}/configuration")
    with context.reading() as connection:
        row = connection.execute(select(contacts).where(contacts.c.id == contact)).first() or abort(404)
        values: dict[str, Any] = {
            "person": row,
            "facts": facts("person", row),
            "custom": custom_values(connection, "contact", contact),
            "companies": _companies(connection, contact),
            "tags": _tags(connection, contact),
        }
    checked = api.send("POST", _check(help_center), {"people": [contact], "tickets": MOST_TICKETS})["results"][0]
    with context.reading() as connection:
        shown = _tickets(connection, checked)
    return shell.page(
        "contact.html",
        "contacts",
        help_center,
        **values,
        checked=checked,
        tickets=shown,
        portal=configuration["portal"],
        audience=configuration["audience"]["values"],
        known=choices.choices(configuration, ()),
        words={name: dict(some) for name, some in COMPARISONS.items()},
    )


@blueprint.post("/hc/<name:help_center>/contacts/<name:contact>/view")
def view_as(help_center: str, contact: str) -> Response:
    """Preview the Help Center as a person."""
    with admin_write(context.running().engine, context.caller(), context.now()) as write:
        value = viewings.begin(write, contact)
    response = session.see(f"/hc/{help_center}/en/")
    response.set_cookie(
        viewings.COOKIE, value, max_age=viewings.LIFETIME, httponly=True, samesite="Strict", secure=session.by_https()
    )
    return response


def query() -> str:
    """Return the text that is looked for."""
    text = request.args.get("q", "")[:MAX_QUERY].strip()
    return text if storable(text) else ""


def page_number() -> int:
    """Return the number of the requested page."""
    page = request.args.get("page", "")
    return int(page) if page.isascii() and page.isdigit() and len(page) <= _MAX_DIGITS else 1


def _check(help_center: str) -> str:
    return f"/help_centers/{help_center}/access/check"


def _companies(connection: Connection, contact_id: str) -> list[Any]:
    statement = (
        select(companies.c.id, company_name().label("name"))
        .join(memberships, memberships.c.company_id == companies.c.id)
        .where(memberships.c.contact_id == contact_id)
        .order_by(company_name())
    )
    return list(connection.execute(statement))


def _tags(connection: Connection, contact_id: str) -> list[str]:
    statement = select(tags.c.name).join(contact_tags, contact_tags.c.tag_id == tags.c.id)
    return list(
        connection.execute(statement.where(contact_tags.c.owner_id == contact_id).order_by(tags.c.name)).scalars()
    )


def _tickets(connection: Connection, checked: Any) -> list[Any]:
    numbers = checked["tickets"]["numbers"] if "tickets" in checked else []
    statement = select(tickets.c.number, tickets.c.title).where(tickets.c.number.in_(numbers))
    return list(connection.execute(statement.order_by(tickets.c.number)))

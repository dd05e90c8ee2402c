"""/tickets/ID: create, read, change and delete tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import delete, func, insert, select, update

from workspace.core.errors import ApiError, Problem, invalid_parameter, not_found
from workspace.core.folding import folded
from workspace.database.tables import contacts, tickets
from workspace.people import rows as people
from workspace.portal.states import state_of
from workspace.web.public.http import base, fields
from workspace.web.public.tickets import values as ticket_values
from workspace.web.public.tickets.documents import document
from workspace.web.public.tickets.type_documents import load

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection, Row

blueprint = Blueprint("rest_tickets", __name__)

_CONTACT = fields.shaped({"id": fields.identifier, "external_id": fields.identifier, "email": fields.email})
_NEW = {
    "ticket_type_id": fields.identifier,
    "contacts": fields.many(_CONTACT, 1),
    "company_id": fields.identifier,
    "created_at": fields.moment,
    "ticket_attributes": fields.mapping,
    "skip_notifications": fields.boolean,
}
_CHANGEABLE = {
    "ticket_attributes": fields.mapping,
    "ticket_state_id": fields.identifier,
    "company_id": fields.nullable(fields.identifier),
    "is_shared": fields.boolean,
    "skip_notifications": fields.boolean,
}


def ticket_or_404(connection: Connection, ticket: str, code: str = "not_found") -> Row[Any]:
    """Return a ticket by the workspace's id, or raise ApiError 404."""
    row = connection.execute(select(tickets).where(tickets.c.id == ticket)).first()
    if row is None:
        raise not_found() if code == "not_found" else ApiError(404, Problem(code, "Ticket not found"))
    return row


@blueprint.post("/tickets")
def create() -> Response:
    """Create a ticket."""
    query = fields.body(_NEW, required=["ticket_type_id", "contacts"])
    if not query["contacts"]:
        raise invalid_parameter("must name one contact", "contacts")
    values = query.get("ticket_attributes", {})
    made = base.new_id()
    with base.changing() as connection:
        types = load(connection)
        type_id = query["ticket_type_id"]
        if type_id not in types.types:
            raise not_found("Ticket type not found")
        state = state_of(connection, "submitted")
        if state is None:
            raise invalid_parameter("the workspace has no ticket state of the category submitted")
        attributes = types.attributes.get(type_id, [])
        ticket_values.check_complete(attributes, values)
        company = query.get("company_id")
        if company is not None:
            base.company_or_404(connection, company)
        created = query.get("created_at", base.now())
        row = {
            "id": made,
            "number": connection.execute(select(func.coalesce(func.max(tickets.c.number), 0) + 1)).scalar_one(),
            "type_id": type_id,
            "state_id": state,
            "contact_id": _contact(connection, query["contacts"][0]),
            "company_id": company,
            "title": "",
            "description": "",
            **ticket_values.own_columns(values),
            "is_shared": False,
            "created_at": created,
            "updated_at": created,
        }
        connection.execute(insert(tickets).values(**row))
        ticket_values.write(connection, made, attributes, values)
        answer = document(connection, made)
    return base.answer(answer)


@blueprint.get("/tickets/<ticket_id>")
def get(ticket_id: str) -> Response:
    """Answer a ticket."""
    with base.reading() as connection:
        ticket_or_404(connection, ticket_id)
        return base.answer(document(connection, ticket_id))


@blueprint.put("/tickets/<ticket_id>")
def change(ticket_id: str) -> Response:
    """Change the named fields of a ticket."""
    query = fields.body(_CHANGEABLE)
    with base.changing() as connection:
        before = ticket_or_404(connection, ticket_id)
        types = load(connection)
        values = query.get("ticket_attributes", {})
        changes: dict[str, Any] = {"updated_at": base.now(), **ticket_values.own_columns(values)}
        if "ticket_state_id" in query:
            if query["ticket_state_id"] not in types.states:
                message = "Ticket state id is not valid or is not associated with the ticket type"
                raise ApiError(400, Problem("ticket_state_id_invalid", message))
            changes["state_id"] = query["ticket_state_id"]
        if "company_id" in query:
            if query["company_id"] is not None:
                base.company_or_404(connection, query["company_id"])
            changes["company_id"] = query["company_id"]
        if "is_shared" in query:
            changes["is_shared"] = _shared(types.types[before.type_id].category, query["is_shared"])
        connection.execute(update(tickets).where(tickets.c.id == ticket_id).values(**changes))
        ticket_values.write(connection, ticket_id, types.attributes.get(before.type_id, []), values)
        answer = document(connection, ticket_id)
    return base.answer(answer)


@blueprint.delete("/tickets/<ticket_id>")
def remove(ticket_id: str) -> Response:
    """Delete a ticket with its replies."""
    with base.changing() as connection:
        ticket_or_404(connection, ticket_id, "ticket_not_found")
        connection.execute(delete(tickets).where(tickets.c.id == ticket_id))
    return base.answer({"id": ticket_id, "object": "ticket", "deleted": True})


def _shared(category: str, shared: bool) -> bool:  # noqa: FBT001 - it is the value of the field
    if category != "back-office":
        raise invalid_parameter("only back-office tickets are shared or not", "is_shared")
    return shared


def find_contact(connection: Connection, named: dict[str, Any]) -> str | None:
    """Find a contact's id by `id`, `external_id` or `email`, or None; ApiError 400 unless exactly one is given."""
    if len(named) != 1:
        raise invalid_parameter("name the contact by one of id, external_id and email", "contacts")
    ((field, value),) = named.items()
    column, desired = (contacts.c.email_folded, folded(value)) if field == "email" else (contacts.c[field], value)
    # Several people may share an email: users go before leads, the oldest before others.
    statement = select(contacts.c.id).where(column == desired)
    order = contacts.c.role.desc(), contacts.c.created_at, contacts.c.id
    return connection.execute(statement.order_by(*order).limit(1)).scalar()


def _contact(connection: Connection, named: dict[str, Any]) -> str:
    text = find_contact(connection, named)
    if text is not None:
        return text
    if "email" not in named:
        raise not_found("User Not Found")
    made = base.new_id()
    # Nobody has vouched for the address, so whoever writes from it is no user yet.
    lead = people.Contact(id=made, role="lead", created_at=base.now(), email=named["email"])
    people.add_contacts(connection, [lead])
    return made

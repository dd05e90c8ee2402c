"""/contacts/ID: create, read, change, archive and delete people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import ColumnElement, and_, delete, select

from workspace.core.errors import ApiError, Problem, not_found
from workspace.core.folding import folded
from workspace.database.tables import contacts, tickets
from workspace.people import rows as people
from workspace.web.public import custom_attributes
from workspace.web.public.contacts.documents import document, reference
from workspace.web.public.http import base, fields
from workspace.writes.erasure import erase

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection, Row

blueprint = Blueprint("rest_contacts", __name__)

_FIELDS = {
    "role": fields.one_of("user", "lead"),
    "external_id": fields.nullable(fields.identifier),
    "email": fields.nullable(fields.email),
    "phone": fields.nullable(fields.text),
    "name": fields.nullable(fields.text),
    "signed_up_at": fields.nullable(fields.moment),
    "last_seen_at": fields.nullable(fields.moment),
    "unsubscribed_from_emails": fields.nullable(fields.boolean),
    "custom_attributes": fields.nullable(fields.mapping),
}
_ENOUGH = ("email", "external_id", "role")


@blueprint.post("/contacts")
def create() -> Response:
    """Create a contact."""
    values = fields.body(_FIELDS)
    custom = values.pop("custom_attributes", None) or {}
    if not any(values.get(name) for name in _ENOUGH):
        raise ApiError(400, Problem("parameter_missing", f"one of {', '.join(_ENOUGH)} is needed"))
    made = base.new_id()
    with base.changing() as connection:
        _check_free(connection, values)
        contact = people.Contact(id=made, created_at=base.now(), **{"role": "user", **values})
        people.add_contacts(connection, [contact])
        custom_attributes.write(connection, "contact", made, custom)
        answer = document(connection, made)
    return base.answer(answer)


@blueprint.get("/contacts/<contact_id>")
def get(contact_id: str) -> Response:
    """Answer a contact."""
    with base.reading() as connection:
        base.contact_or_404(connection, contact_id)
        return base.answer(document(connection, contact_id))


@blueprint.get("/contacts/find_by_external_id/<path:external_id>")
def find_by_external_id(external_id: str) -> Response:
    """Answer the contact that the customer's application calls by an id."""
    with base.reading() as connection:
        contact_id = connection.execute(select(contacts.c.id).where(contacts.c.external_id == external_id)).scalar()
        if contact_id is None:
            raise not_found("User Not Found")
        return base.answer(document(connection, contact_id))


@blueprint.put("/contacts/<contact_id>")
def update(contact_id: str) -> Response:
    """Change the named fields of a contact."""
    values = fields.body(_FIELDS)
    custom = values.pop("custom_attributes", None) or {}
    with base.changing() as connection:
        before = base.contact_or_404(connection, contact_id)
        _check_free(connection, values, before)
        people.update_contact(connection, contact_id, {**values, "updated_at": base.now()})
        custom_attributes.write(connection, "contact", contact_id, custom)
        answer = document(connection, contact_id)
    return base.answer(answer)


@blueprint.delete("/contacts/<contact_id>")
def remove(contact_id: str) -> Response:
    """Delete a contact with everything that is known of them."""
    with base.changing() as connection:
        row = base.contact_or_404(connection, contact_id)
        # A ticket belongs to whoever created it; it must not lose them, nor vanish with them.
        if connection.execute(select(tickets.c.id).where(tickets.c.contact_id == contact_id).limit(1)).first():
            message = "The contact created tickets and cannot be deleted; archive the contact, or delete the tickets."
            raise ApiError(422, Problem("data_invalid", message))
        connection.execute(delete(contacts).where(contacts.c.id == contact_id))
        erase(connection, (row.email, row.name, row.external_id, row.id))
    return base.answer(reference(row, deleted=True))


@blueprint.post("/contacts/<contact_id>/archive")
def archive(contact_id: str) -> Response:
    """Archive a contact: they are in no list any more, and no audience admits them."""
    return base.answer(reference(_set_archived(contact_id, archived=True), archived=True))


@blueprint.post("/contacts/<contact_id>/unarchive")
def unarchive(contact_id: str) -> Response:
    """Restore a contact from the archive."""
    return base.answer(reference(_set_archived(contact_id, archived=False), archived=False))


def _set_archived(contact_id: str, *, archived: bool) -> Row[Any]:
    fields.body({})
    with base.changing() as connection:
        row = base.contact_or_404(connection, contact_id)
        people.update_contact(connection, contact_id, {"archived": archived, "updated_at": base.now()})
    return row


def _check_free(connection: Connection, values: dict[str, Any], before: Row[Any] | None = None) -> None:
    """Refuse a taken external id, or the taken email of a user without one: nobody could tell the two apart."""
    itself, external_id, role = (before.id, before.external_id, before.role) if before else ("", None, "user")
    taken: ColumnElement[bool] | None = None
    if values.get("external_id"):
        taken = contacts.c.external_id == values["external_id"]
    elif values.get("email") and not external_id and values.get("role", role) == "user":
        taken = and_(contacts.c.email_folded == folded(values["email"]), contacts.c.role == "user")
    if taken is None:
        return
    holder = connection.execute(
        select(contacts.c.id, contacts.c.archived).where(taken, contacts.c.id != itself)
    ).first()
    if holder is not None:
        kind = "An archived contact" if holder.archived else "A contact"
        raise ApiError(409, Problem("conflict", f"{kind} matching those details already exists with id={holder.id}"))

"""/contacts/ID/tags and /contacts/ID/segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy import select

from workspace.core.errors import not_found
from workspace.database.tables import contact_tags, tags
from workspace.web.public import segments
from workspace.web.public.http import base, fields
from workspace.web.public.tags import document, tag_owner, untag_owner

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("rest_contact_tags", __name__)


@blueprint.get("/contacts/<contact_id>/tags")
def listed(contact_id: str) -> Response:
    """Answer the tags of a contact."""
    with base.reading() as connection:
        base.contact_or_404(connection, contact_id)
        statement = select(tags).join(contact_tags, contact_tags.c.tag_id == tags.c.id).order_by(tags.c.name)
        rows = connection.execute(statement.where(contact_tags.c.owner_id == contact_id))
        return base.answer({"type": "list", "data": [document(row.id, row.name) for row in rows]})


@blueprint.post("/contacts/<contact_id>/tags")
def attach(contact_id: str) -> Response:
    """Tag a contact; a second time changes nothing."""
    query = fields.body({"id": fields.identifier}, required=["id"])
    with base.changing() as connection:
        base.contact_or_404(connection, contact_id)
        tag = base.tag_or_404(connection, query["id"])
        tag_owner(connection, "contact", contact_id, tag.id)
    return base.answer(document(tag.id, tag.name))


@blueprint.delete("/contacts/<contact_id>/tags/<tag_id>")
def detach(contact_id: str, tag_id: str) -> Response:
    """Take a tag off a contact."""
    with base.changing() as connection:
        base.contact_or_404(connection, contact_id)
        tag = base.tag_or_404(connection, tag_id)
        if not untag_owner(connection, "contact", contact_id, tag.id):
            raise not_found()
    return base.answer(document(tag.id, tag.name))


@blueprint.get("/contacts/<contact_id>/segments")
def segments_of(contact_id: str) -> Response:
    """Answer the segments that a contact is in."""
    with base.reading() as connection:
        base.contact_or_404(connection, contact_id)
        return base.answer({"type": "list", "data": segments.of_contact(connection, contact_id)})

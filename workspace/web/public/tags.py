"""/tags: create, rename, list and delete tags; tag and untag companies and people, many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import delete, select, update

from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.database.tables import companies, company_tags, contact_tags, settings, tags
from workspace.people import rows as people
from workspace.web.public.http import base, fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response
    from sqlalchemy import Connection, Row

    from workspace.people.rows import Model

blueprint = Blueprint("rest_tags", __name__)

_MAX_TAGGED = 1000
_COMPANY = fields.shaped({"id": fields.identifier, "company_id": fields.identifier, "untag": fields.boolean})
_USER = fields.shaped({"id": fields.identifier, "untag": fields.boolean}, "id")
_FIELDS = {
    "name": fields.identifier,
    "id": fields.identifier,
    "companies": fields.many(_COMPANY, _MAX_TAGGED),
    "users": fields.many(_USER, _MAX_TAGGED),
}


def document(tag: str, name: str) -> dict[str, Any]:
    """Return a tag as it stands in an answer."""
    return {"type": "tag", "id": tag, "name": name}


@blueprint.get("/tags")
def listed() -> Response:
    """Answer all tags by name."""
    with base.reading() as connection:
        rows = connection.execute(select(tags).order_by(tags.c.name))
        return base.answer({"type": "list", "data": [document(row.id, row.name) for row in rows]})


@blueprint.get("/tags/<tag_id>")
def get(tag_id: str) -> Response:
    """Answer a tag."""
    with base.reading() as connection:
        tag = base.tag_or_404(connection, tag_id)
    return base.answer(document(tag.id, tag.name))


@blueprint.post("/tags")
def create() -> Response:
    """Create or rename a tag; tag or untag companies or people with it."""
    query = fields.body(_FIELDS)
    if "name" not in query or len({"id", "companies", "users"} & query.keys()) > 1:
        raise invalid_parameter("invalid tag parameters")
    with base.changing() as connection:
        tag = _renamed(connection, query) if "id" in query else _named(connection, query["name"])
        answer = document(tag.id, tag.name)
        for field, model in _MODELS.items():
            if field in query:
                answer[field] = [_tagged(connection, model, value, tag.id) for value in query[field]]
    return base.answer(answer)


@blueprint.delete("/tags/<tag_id>")
def remove(tag_id: str) -> Response:
    """Delete a tag that no rule names."""
    with base.changing() as connection:
        tag = base.tag_or_404(connection, tag_id)
        _check_unused(connection, tag.name)
        connection.execute(delete(tags).where(tags.c.id == tag.id))
    return base.answer(None)


def tag_owner(connection: Connection, model: Model, owner: str, tag_id: str) -> None:
    """Tag a person or a company, unless they have the tag already."""
    if not _has(connection, model, owner, tag_id):
        people.add_taggings(connection, model, [(owner, tag_id)])


def untag_owner(connection: Connection, model: Model, owner: str, tag_id: str) -> bool:
    """Take a tag off a person or a company; return True if they had it."""
    had = _has(connection, model, owner, tag_id)
    people.remove_tagging(connection, model, owner, tag_id)
    return had


_MODELS: dict[str, Model] = {"companies": "company", "users": "contact"}


def _has(connection: Connection, model: Model, owner: str, tag_id: str) -> bool:
    table = contact_tags if model == "contact" else company_tags
    here = table.c.owner_id == owner, table.c.tag_id == tag_id
    return connection.execute(select(table.c.tag_id).where(*here)).first() is not None


def _named(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(tags).where(tags.c.name == name)).first()
    if row is None:
        people.add_tags(connection, [(base.new_id(), name)])
        row = connection.execute(select(tags).where(tags.c.name == name)).one()
    return row


def _renamed(connection: Connection, query: dict[str, Any]) -> Row[Any]:
    before = base.tag_or_404(connection, query["id"])
    if before.name == query["name"]:
        return before
    _check_unused(connection, before.name)
    if connection.execute(select(tags.c.id).where(tags.c.name == query["name"])).first() is not None:
        raise invalid_parameter("invalid tag parameters: the name is taken", "name")
    connection.execute(update(tags).where(tags.c.id == before.id).values(name=query["name"]))
    return base.tag_or_404(connection, before.id)


def _tagged(connection: Connection, model: Model, entry: dict[str, Any], tag_id: str) -> dict[str, Any]:
    owner = _company(connection, entry) if model == "company" else base.contact_or_404(connection, entry["id"]).id
    if entry.get("untag"):
        untag_owner(connection, model, owner, tag_id)
    else:
        tag_owner(connection, model, owner, tag_id)
    return {"id": entry.get("id") or entry["company_id"], "tagged": not entry.get("untag", False)}


def _company(connection: Connection, entry: dict[str, Any]) -> str:
    if "company_id" not in entry and "id" not in entry:
        raise invalid_parameter("invalid tag parameters")
    if "id" in entry:
        return str(base.company_or_404(connection, entry["id"]).id)
    by_theirs = select(companies.c.id).where(companies.c.company_id == entry["company_id"])
    return str(base.company_or_404(connection, connection.execute(by_theirs).scalar() or "").id)


def _check_unused(connection: Connection, name: str) -> None:
    """Refuse to take a tag away that decides about access: rules name tags by name."""
    rows = connection.execute(select(settings.c.address, settings.c.document).order_by(settings.c.address))
    using = [row.address for row in rows if name in set(_tags_of(row.document))]
    if using:
        message = f"Unable to delete Tag with dependent objects. Rules: {', '.join(using)}."
        raise ApiError(400, Problem("tag_has_dependent_objects", message))


def _tags_of(document: object) -> Iterator[str]:
    if isinstance(document, list):
        for item in document:
            yield from _tags_of(item)
    elif isinstance(document, dict):
        if document.get("type") == "tag":
            value = document.get("value")
            yield from map(str, value if isinstance(value, list) else [value])
        for entry in document.values():
            yield from _tags_of(entry)

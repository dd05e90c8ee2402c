"""/admins/activity_logs: changes of the types that the vendor's log has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import select

from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.database.tables import activity, admins
from workspace.settings.kinds import KINDS
from workspace.web.public.admins import public_id
from workspace.web.public.http import base, fields, paging
from workspace.web.public.http.paging import Page
from workspace.writes import audit_log

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection, Row

blueprint = Blueprint("rest_activity_logs", __name__)

PER_PAGE = 20
_OF_SETTINGS = {audit_log.type_of(kind.address("any")) for kind in KINDS if kind.vendor_activity}
EVENT_TYPES = tuple(sorted({*_OF_SETTINGS, "messenger_api_secret_creation", "messenger_api_secret_deletion"}))
"""Those of the vendor's types of which this workspace leaves entries."""

_SEARCH = {
    "created_at_after": fields.moment,
    "created_at_before": fields.moment,
    "event_types": fields.many(fields.identifier, 200),
    "page": fields.whole,
    "per_page": fields.whole,
}


@blueprint.get("/admins/activity_logs")
def listed() -> Response:
    """Answer a page of the entries since a moment, newest first."""
    page, query = paging.numbered(PER_PAGE, {"created_at_after": _moment, "created_at_before": _moment})
    return _answer(query, page)


@blueprint.post("/admins/activity_logs/search")
@base.only_reads
def search() -> Response:
    """Answer a page of the entries of given types."""
    query = fields.body(_SEARCH)
    number, per_page = query.pop("page", 1), query.pop("per_page", PER_PAGE)
    if number < 1 or not 1 <= per_page <= paging.MAX_PER_PAGE or number * per_page > fields.LARGEST:
        raise invalid_parameter(f"page must be 1 or more, per_page from 1 to {paging.MAX_PER_PAGE}", "page")
    return _answer(query, Page(per_page, number))


@blueprint.get("/admins/activity_log_event_types")
def event_types() -> Response:
    """Answer the types that entries have here."""
    return base.answer({"type": "activity_log_event_type.list", "event_types": list(EVENT_TYPES)})


def _answer(query: dict[str, Any], page: Page) -> Response:
    if "created_at_after" not in query:
        raise ApiError(400, Problem("parameter_missing", "created_at_after is missing", "created_at_after"))
    types = [type_ for type_ in query.get("event_types", EVENT_TYPES) if type_ in EVENT_TYPES]
    statement = select(activity).where(activity.c.activity_type.in_(types), activity.c.at > query["created_at_after"])
    if "created_at_before" in query:
        statement = statement.where(activity.c.at < query["created_at_before"])
    order = paging.Order("id", activity.c.id, activity.c.id, id_kind=int)
    with base.reading() as connection:
        rows = paging.fetch(connection, statement, order, page)
        teammates = _teammates(connection)
    logs = [_document(row, teammates) for row in rows.rows]
    return base.answer({"type": "activity_log.list", "pages": paging.link_pages(rows), "activity_logs": logs})


def _teammates(connection: Connection) -> dict[str, Row[Any]]:
    rows = connection.execute(select(admins)).all()
    return {name: row for row in rows for name in (row.name, row.email)}


def _document(row: Row[Any], teammates: dict[str, Row[Any]]) -> dict[str, Any]:
    teammate = teammates.get(row.by_name)
    by = (
        {"type": "admin", "id": public_id(teammate.id), "email": teammate.email}
        if teammate
        else {"type": row.by_type, "id": row.by_name, "email": ""}
    )
    return {
        "id": str(row.id),
        "performed_by": {**by, "ip": row.origin or ""},
        "metadata": {"changes": row.changes},
        "created_at": row.at,
        "activity_type": row.activity_type,
        "activity_description": row.description,
    }


def _moment(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(fields.LARGEST))):
        raise ValueError("must be a UNIX timestamp in seconds")
    return min(int(text), fields.LARGEST)

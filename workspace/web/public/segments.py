"""/segments: the segments that every workspace has, each a named rule about people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from sqlalchemy import ColumnElement, false, func, select

from workspace.core.errors import not_found
from workspace.database.tables import contacts
from workspace.rules import model as rules
from workspace.rules.sql import Query, holds_for_person
from workspace.web.context import today
from workspace.web.http import query
from workspace.web.public.http import base
from workspace.web.public.http.fields import truth

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Connection

blueprint = Blueprint("rest_segments", __name__)


@dataclass(frozen=True, slots=True)
class Segment:
    """A named rule of the admin API about people's present attributes; None for everybody."""

    id: str
    name: str
    rule: dict[str, Any] | None

    def members(self) -> ColumnElement[bool]:
        """Return the condition on rows of `contacts` that the person is in the segment."""
        if self.rule is None:
            return contacts.c.role == "user"
        return (contacts.c.role == "user") & holds_for_person(rules.parse(self.rule), Query(today()))


_DEFINED_AT = 1_767_225_600
"""When the segments were defined, which come with every workspace: at the beginning of 2026."""


def _days(attribute: str, comparison: str, days: int) -> dict[str, Any]:
    return {"attribute": attribute, "type": "date", "comparison": comparison, "value": days}


SEGMENTS = {
    segment.id: segment
    for segment in (
        Segment("all-users", "All users", None),
        Segment("new", "New", _days("signed_up_at", "less_than_days_ago", 2)),
        Segment("active", "Active", _days("last_seen_at", "less_than_days_ago", 30)),
        Segment(
            "slipping-away",
            "Slipping away",
            {
                "operator": "and",
                "predicates": [
                    _days("last_seen_at", "more_than_days_ago", 30),
                    _days("last_seen_at", "less_than_days_ago", 60),
                ],
            },
        ),
    )
}
"""By id. There is no way to make another one: the vendor's API has none either."""


def document(segment: Segment, **more: Any) -> dict[str, Any]:
    """Return a segment as it stands in an answer."""
    moments = {"created_at": _DEFINED_AT, "updated_at": _DEFINED_AT}
    return {"type": "segment", "id": segment.id, "name": segment.name, "person_type": "user", **moments, **more}


def of_contact(connection: Connection, contact_id: str) -> list[dict[str, Any]]:
    """Return the segments that a contact is in."""
    statement = select(*(segment.members().label(segment.id) for segment in SEGMENTS.values()))
    row = connection.execute(statement.select_from(contacts).where(contacts.c.id == contact_id)).one()
    return [document(SEGMENTS[name]) for name, inside in row._mapping.items() if inside]


@blueprint.get("/segments")
def listed() -> Response:
    """Answer all segments, with the number of their members on request."""
    options = query({"include_count": truth, "type": str, "per_page": str, "page": str})
    if options.get("type") == "company":
        # All segments are of people.
        return base.answer({"type": "segment.list", "segments": []})
    if not options.get("include_count"):
        results = [document(segment) for segment in SEGMENTS.values()]
    else:
        with base.reading() as connection:
            results = [document(segment, count=_count(connection, segment)) for segment in SEGMENTS.values()]
    return base.answer({"type": "segment.list", "segments": results})


@blueprint.get("/segments/<segment_id>")
def get(segment_id: str) -> Response:
    """Answer a segment."""
    if segment_id not in SEGMENTS:
        raise not_found()
    return base.answer(document(SEGMENTS[segment_id]))


def _count(connection: Connection, segment: Segment) -> int:
    counted = select(func.count()).select_from(contacts).where(contacts.c.archived == false(), segment.members())
    return connection.execute(counted).scalar_one()

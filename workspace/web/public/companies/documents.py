"""Companies as the public API shows them, many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from workspace.database.tables import companies, company_tags, memberships, tags
from workspace.web.public import custom_attributes
from workspace.web.public.http.base import workspace_of
from workspace.web.public.tags import document as tag_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def documents(connection: Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the companies of the given ids, in that order."""
    rows = {row.id: row for row in connection.execute(select(companies).where(companies.c.id.in_(ids)))}
    values = custom_attributes.of_all(connection, "company", ids)
    tagged = _tags(connection, ids)
    counts = _user_counts(connection, ids)
    workspace = workspace_of(connection).id
    return [
        {
            **_own(rows[text]),
            "app_id": workspace,
            "user_count": counts.get(text, 0),
            "custom_attributes": values[text],
            "tags": {"type": "tag.list", "tags": tagged.get(text, [])},
            "segments": {"type": "segment.list", "segments": []},
            "notes": {"type": "note.list", "notes": []},
        }
        for text in ids
        if text in rows
    ]


def document(connection: Connection, company: str) -> dict[str, Any]:
    """Return one existing company."""
    return documents(connection, [company])[0]


def _own(row: Row[Any]) -> dict[str, Any]:
    known = {
        "company_id": row.company_id,
        "name": row.name,
        "remote_created_at": row.remote_created_at,
        "size": _whole(row.size),
        "website": row.website,
        "industry": row.industry,
        "monthly_spend": _whole(row.monthly_spend),
    }
    return {
        "type": "company",
        "id": row.id,
        # The vendor's description knows no null here: what is not known is left out.
        **{name: value for name, value in known.items() if value is not None},
        "plan": {} if row.plan is None else {"type": "plan", "id": row.plan, "name": row.plan},
        "created_at": row.created_at,
        "updated_at": row.created_at if row.updated_at is None else row.updated_at,
    }


def _whole(number: float | None) -> int | None:
    # The vendor's description knows whole numbers only; audience rules compare with what is stored.
    return None if number is None else int(number)


def _tags(connection: Connection, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    by_owner: dict[str, list[dict[str, Any]]] = {}
    statement = (
        select(company_tags.c.owner_id, tags.c.id, tags.c.name)
        .join(tags, tags.c.id == company_tags.c.tag_id)
        .where(company_tags.c.owner_id.in_(ids))
        .order_by(tags.c.name)
    )
    for row in connection.execute(statement):
        by_owner.setdefault(row.owner_id, []).append(tag_document(row.id, row.name))
    return by_owner


def _user_counts(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    statement = select(memberships.c.company_id, func.count().label("people")).where(memberships.c.company_id.in_(ids))
    rows = connection.execute(statement.group_by(memberships.c.company_id))
    return {row.company_id: row.people for row in rows}

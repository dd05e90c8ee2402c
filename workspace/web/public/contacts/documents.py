"""Contacts as the public API shows them, many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, func, select

from workspace.database.tables import contact_tags, contacts, memberships
from workspace.web.public import custom_attributes
from workspace.web.public.http.base import workspace_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import BindParameter, ColumnElement, Connection, Row

EMBEDDED = 10
"""The number of companies and tags in a contact; the rest is at an address of its own."""

# What the vendor knows of a contact and this workspace does not.
_NEVER_KNOWN = (
    *("avatar", "owner_id", "last_replied_at", "last_contacted_at", "last_email_opened_at", "last_email_clicked_at"),
    *("language_override", "browser", "browser_version", "browser_language", "os"),
    *("android_app_name", "android_app_version", "android_device", "android_os_version", "android_sdk_version"),
    *("android_last_seen_at", "ios_app_name", "ios_app_version", "ios_device", "ios_os_version", "ios_sdk_version"),
    "ios_last_seen_at",
)


def documents(connection: Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the contacts of the given ids, in that order."""
    rows = {row.id: row for row in connection.execute(_CONTACTS, {"ids": ids})}
    values = custom_attributes.of_all(connection, "contact", ids)
    companies = _tied(connection, _COMPANIES, ids)
    tags = _tied(connection, _TAGS, ids)
    workspace = workspace_of(connection).id
    return [
        {
            **_own(rows[text], workspace),
            "custom_attributes": values[text],
            "companies": _embedded(text, "companies", "company", companies.get(text)),
            "tags": _embedded(text, "tags", "tag", tags.get(text)),
        }
        for text in ids
        if text in rows
    ]


def document(connection: Connection, contact_id: str) -> dict[str, Any]:
    """Return one existing contact."""
    return documents(connection, [contact_id])[0]


def reference(row: Row[Any], **more: Any) -> dict[str, Any]:
    """Return the reference to a contact after a write."""
    return {"type": "contact", "id": row.id, "external_id": row.external_id, **more}


def email_domain(email: str | None) -> str:
    """Return the domain of an email address; empty without an @."""
    return (email or "").rpartition("@")[2] if "@" in (email or "") else ""


def _own(row: Row[Any], workspace: str) -> dict[str, Any]:
    return {
        "type": "contact",
        "id": row.id,
        "workspace_id": workspace,
        "external_id": row.external_id,
        "role": row.role,
        # The vendor's description knows no null for these two.
        "email": row.email or "",
        "email_domain": email_domain(row.email),
        "phone": row.phone,
        "name": row.name,
        "has_hard_bounced": False,
        "marked_email_as_spam": False,
        "unsubscribed_from_emails": bool(row.unsubscribed_from_emails),
        "created_at": row.created_at,
        "updated_at": row.created_at if row.updated_at is None else row.updated_at,
        "signed_up_at": row.signed_up_at,
        "last_seen_at": row.last_seen_at,
        **dict.fromkeys(_NEVER_KNOWN),
        "location": {"type": "location", "country": None, "region": None, "city": None},
        "social_profiles": {"type": "list", "data": []},
        "notes": _embedded(row.id, "notes", "note", None),
    }


# Written once: to write one anew takes longer than a database needs for a page of it.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_CONTACTS = select(contacts).where(contacts.c.id.in_(_IDS))


def _ties(owner: ColumnElement[str], other: ColumnElement[str]) -> Select[Any]:
    rank = func.row_number().over(partition_by=owner, order_by=other).label("rank")
    total = func.count().over(partition_by=owner).label("total")
    ranked = select(owner, other, rank, total).where(owner.in_(_IDS)).subquery()
    return select(ranked).where(ranked.c.rank <= EMBEDDED).order_by(ranked.c.rank)


_COMPANIES = _ties(memberships.c.contact_id, memberships.c.company_id)
_TAGS = _ties(contact_tags.c.owner_id, contact_tags.c.tag_id)

_Tied = tuple[int, list[str]]


def _tied(connection: Connection, ties: Select[Any], ids: Sequence[str]) -> dict[str, _Tied]:
    """Return the number of each contact's ties and the ids of the first of them."""
    by_contact: dict[str, _Tied] = {}
    for contact_id, value, _, count in connection.execute(ties, {"ids": ids}):
        by_contact.setdefault(contact_id, (count, []))[1].append(value)
    return by_contact


def _embedded(contact_id: str, path: str, kind: str, tied: _Tied | None) -> dict[str, Any]:
    total, ids = tied or (0, [])
    return {
        "type": "list",
        "data": [{"type": kind, "id": text, "url": f"/{path}/{text}"} for text in ids],
        "url": f"/contacts/{contact_id}/{path}",
        "total_count": total,
        "has_more": total > len(ids),
    }

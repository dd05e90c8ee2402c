"""Fields and orders of a search of contacts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, false, func, literal, null, or_, true

from workspace.core.folding import folded
from workspace.database.tables import contact_tags, contact_values, contacts
from workspace.rules.sql_values import beginning
from workspace.web.public import custom_attributes
from workspace.web.public.http.paging import Order, by_moment, by_text
from workspace.web.public.http.query import Column, Field, column, never
from workspace.web.public.http.values import field_of
from workspace.web.public.segments import SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Connection

    from workspace.web.public.http.query import Test, Where

ARCHIVED = contacts.c.archived == true()
"""Of those there is an index, in these words."""

_CUSTOM = "custom_attributes."
_UPDATED = func.coalesce(contacts.c.updated_at, contacts.c.created_at)
_NEVER = {
    "string": (
        *("avatar", "owner_id", "language_override", "browser", "browser_language", "os"),
        *("location.country", "location.region", "location.city"),
        *("ios_app_version", "ios_device", "ios_app_device", "ios_os_version", "ios_app_name", "ios_sdk_version"),
        # The last one is spelled like that in the vendor's description.
        *("android_app_version", "android_device", "android_app_name", "andoid_sdk_version"),
    ),
    "date": (
        *("last_contacted_at", "last_replied_at", "last_email_opened_at", "last_email_clicked_at"),
        *("ios_last_seen_at", "android_last_seen_at"),
    ),
}
_VALUE = {"string": "string", "integer": "number", "float": "number", "boolean": "boolean"}
_VALUE_COLUMN = {"string": "text", "number": "number", "boolean": "boolean", "date": "moment"}


def finder(connection: Connection) -> Callable[[str], Field | None]:
    """Return a lookup of fields by name, with the present custom attributes."""
    custom = custom_attributes.types(connection, "contact")

    def find(name: str) -> Field | None:
        if name.startswith(_CUSTOM) and name.removeprefix(_CUSTOM) in custom:
            return _custom(name.removeprefix(_CUSTOM), custom[name.removeprefix(_CUSTOM)])
        return _FIELDS.get(name)

    return find


def order(name: str, *, descending: bool) -> Order | None:
    """Return the order by a field, or None for an unknown one."""
    if name in _TEXT_ORDERS:
        return by_text(name, _TEXT_ORDERS[name], contacts.c.id, descending=descending)
    if name in _MOMENT_ORDERS:
        return by_moment(name, _MOMENT_ORDERS[name], contacts.c.id, descending=descending)
    return None


def _custom(name: str, kind: str) -> Field:
    kind = _VALUE.get(kind, "date")
    plain = contact_values.c[_VALUE_COLUMN[kind]]
    here = Column(plain, contact_values.c.text_folded)
    named = contact_values.c.name == name
    return field_of(kind, contacts.c.id, contact_values.c.owner_id, here, named, hidden=ARCHIVED)


def _tags() -> Field:
    here = Column(contact_tags.c.tag_id, contact_tags.c.tag_id)
    return field_of("tag", contacts.c.id, contact_tags.c.owner_id, here, hidden=ARCHIVED, several=True)


def _in_segment(test: Test) -> Where:
    # Segments are no rows: the test is put to the id of each.
    names = {name: literal(name) for name in SEGMENTS}
    return or_(
        *(and_(test(Column(names[segment.id], names[segment.id])), segment.members()) for segment in SEGMENTS.values())
    )


def _email_domain() -> ColumnElement[Any]:
    email = contacts.c.email_folded
    # Taking every character but @ off the end leaves what stands before the domain, on every database.
    before = func.rtrim(email, func.replace(email, "@", ""))
    return case((email.contains("@"), func.substr(email, func.length(before) + 1)), else_=null())


def _of_email(text: str, operator: str) -> Where | None:
    return beginning(contacts.c.email_folded, text) if operator == "^" else None


def _own_text(name: str) -> Field:
    return column("string", contacts.c[name], contacts.c[f"{name}_folded"])


_DOMAIN = _email_domain()
_FIELDS: dict[str, Field] = {
    "id": column("string", contacts.c.id),
    "role": column("string", contacts.c.role),
    "name": _own_text("name"),
    "email": replace(_own_text("email"), holders=_of_email),
    "email_domain": replace(column("string", _DOMAIN, _DOMAIN), meant=folded),
    "phone": _own_text("phone"),
    "formatted_phone": _own_text("phone"),
    "external_id": _own_text("external_id"),
    "created_at": column("date", contacts.c.created_at),
    "signed_up_at": column("date", contacts.c.signed_up_at),
    "updated_at": column("date", _UPDATED),
    "last_seen_at": column("date", contacts.c.last_seen_at),
    # What was never said counts as "no" here, as it does in the contact itself.
    "unsubscribed_from_emails": column("boolean", func.coalesce(contacts.c.unsubscribed_from_emails, false())),
    "marked_email_as_spam": column("boolean", literal(value=False)),
    "has_hard_bounced": column("boolean", literal(value=False)),
    "segment_id": Field("id", _in_segment),
    "tag_id": _tags(),
    **{name: never(kind) for kind, names in _NEVER.items() for name in names},
}
_TEXT_ORDERS = {
    "id": contacts.c.id,
    "role": contacts.c.role,
    **{name: contacts.c[f"{name}_folded"] for name in ("name", "email", "phone", "external_id")},
}
_MOMENT_ORDERS = {
    "created_at": contacts.c.created_at,
    "updated_at": _UPDATED,
    "signed_up_at": contacts.c.signed_up_at,
    "last_seen_at": contacts.c.last_seen_at,
}

"""The activity log: one entry for each resource that an admin write changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select

from workspace.core.clock import iso
from workspace.database import store
from workspace.database.prepared import Prepared
from workspace.database.store import same
from workspace.database.tables import activity
from workspace.writes import chain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection, Select

    from workspace.writes.moments import Moment

MAX_LISTED = 500
MAX_CHANGES = 50
"""The most entries in a refusal of a write."""

_LAST_REVISION = Prepared(
    select(func.max(activity.c.resource_revision)).where(activity.c.resource == bindparam("resource")), "resource"
)
_LAST_REVISIONS = (
    select(activity.c.resource, func.max(activity.c.resource_revision).label("last"))
    .where(activity.c.resource.in_(bindparam("resources", expanding=True)))
    .group_by(activity.c.resource)
)
_INSERT = insert(activity)
_HELP_CENTER = "help_center_settings_change"
# The types of the public API where it has one; it has none for the portal itself.
_TYPES = {
    "identity": "security_settings_change",
    "data_attribute": "data_attribute_change",
    "site": "site_facts_change",
    "record": "record_change",
    "verification": "verification",
    "lease": "lease_break",
    "token": "token_change",
    "viewing": "viewing",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """The author of a request, by the token's name and scopes; `origin` is a network address, None inside one process.

    `via` is `portal` for the command, `console` for its pages, `api` for anything else.
    """

    name: str
    scopes: tuple[str, ...]
    via: str
    origin: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry to write: the change of one resource, its document before (empty for a new one) and after.

    `resource_revision` is the one after; `activity_type` is the vendor's, if the resource does not determine it.
    """

    resource: str
    description: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    resource_revision: int
    activity_type: str | None = None


def write(connection: Connection, entries: Iterable[Entry], *, caller: Caller, at: int, moment: Moment) -> None:
    """Write entries at a moment, each sealed with its predecessors, in the transaction of the change."""
    link, rows = chain.last(connection), []
    for entry in entries:
        values = {
            "at": at,
            "by_type": "token",
            "by_name": caller.name,
            "via": caller.via,
            "origin": caller.origin,
            "activity_type": entry.activity_type or type_of(entry.resource),
            "resource": entry.resource,
            "description": entry.description,
            "changes": changed_fields(entry.before, entry.after),
            "revision": moment.revision,
            "resource_revision": entry.resource_revision,
            "reason": caller.reason,
            "mark": moment.mark,
        }
        row = chain.sealed(values, link)
        rows.append(row)
        link = row["link"]
    # Given beside the statement, so that it is compiled once.
    connection.execute(_INSERT, rows)


def type_of(resource: str) -> str:
    """Return the type of an activity entry for a resource."""
    kind, slash, _ = resource.partition("/")
    return _TYPES.get(kind) or (_HELP_CENTER if slash else f"{kind}_change")


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the changed fields, each with both values; a missing one is null."""
    return {
        field: {"before": before.get(field), "after": after.get(field)}
        for field in sorted({*before, *after})
        if not same(before.get(field), after.get(field)) or (field in before) != (field in after)
    }


def entries(
    connection: Connection, *, resource: str | None, after_revision: int | None, limit: int
) -> list[dict[str, Any]]:
    """Return entries of an address, or after a revision of the workspace, for an answer, newest first."""
    query = select(activity)
    if resource is not None:
        query = query.where(activity.c.resource == resource)
    if after_revision is not None:
        query = query.where(activity.c.revision > after_revision)
    return _documents(connection, query, limit)


def changes_since(connection: Connection, address: str, revision: int) -> list[dict[str, Any]]:
    """Return the changes of a resource after one of its own revisions, newest first."""
    query = select(activity).where(activity.c.resource == address, activity.c.resource_revision > revision)
    return _documents(connection, query, MAX_CHANGES)


def last_revision(connection: Connection, address: str) -> int:
    """Return the last revision of a resource by its changes, 0 if none: a new one of its name counts on from here."""
    revision: int | None = _LAST_REVISION.scalar(connection, resource=address)
    return revision or 0


def last_revisions(connection: Connection, addresses: Collection[str]) -> dict[str, int]:
    """Return the same of several resources, without those that no change is about; at most one query."""
    rows = connection.execute(_LAST_REVISIONS, {"resources": list(addresses)}) if addresses else ()
    return {row.resource: row.last for row in rows}


def _documents(connection: Connection, query: Select[Any], limit: int) -> list[dict[str, Any]]:
    rows = connection.execute(query.order_by(activity.c.id.desc()).limit(limit))
    return [
        {
            "id": str(row.id),
            "at": iso(row.at),
            "by": {"type": row.by_type, "name": row.by_name},
            "via": row.via,
            "from": row.origin,
            "activity_type": row.activity_type,
            "resource": row.resource,
            "description": row.description,
            "changes": row.changes,
            "reason": row.reason,
            "revision": row.revision,
        }
        for row in rows
    ]


def described(title: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Describe a change of fields for an activity entry."""
    fields = [name for name in after if not store.same(before.get(name), after[name])]
    return f"Changed {title}: {', '.join(fields)}"

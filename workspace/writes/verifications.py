"""Verifications: the newest result for each record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from workspace.core.clock import iso
from workspace.database.tables import verifications
from workspace.writes.audit_log import Entry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection, Row

    from workspace.database.store import Stored
    from workspace.writes.admin_write import AdminWrite

ADDRESS = "verification/"
_NEWEST = select(verifications).where(verifications.c.name.in_(bindparam("names", expanding=True)))
_GIVEN = ("digest", "passed", "observed", "counts")


def documents(connection: Connection, names: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the newest verification of each configuration for an answer, by name; at most one query."""
    rows = connection.execute(_NEWEST, {"names": list(names)}) if names else ()
    return {row.name: {**_document(row), "at": iso(row.at)} for row in rows}


def note(write: AdminWrite, record: Stored, name: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Store the valid result of a verification in place of the previous one, and return it for an answer."""
    connection = write.connection
    row = _row(connection, name)
    values = {
        **{field: answer[field] for field in _GIVEN},
        "name": name,
        "revision": 1 if row is None else row.revision + 1,
        "record_revision": record.revision,
        "at": write.at,
        "by_name": write.caller.name,
    }
    if row is None:
        connection.execute(insert(verifications).values(values))
    else:
        connection.execute(update(verifications).where(verifications.c.name == name).values(values))
    after = _known(connection, name)
    message = "passed" if after.passed else "failed"
    entry = Entry(
        f"{ADDRESS}{name}",
        f"Verified {name}: it {message}",
        _logged(row) if row is not None else {},
        _logged(after),
        after.revision,
    )
    write.log(entry)
    return {**_document(after), "at": iso(after.at)}


def _logged(row: Row[Any]) -> dict[str, Any]:
    return {"record_revision": row.record_revision, **{field: row._mapping[field] for field in _GIVEN}}


def _document(row: Row[Any]) -> dict[str, Any]:
    return {"revision": row.revision, **_logged(row), "by": row.by_name}


def _known(connection: Connection, name: str) -> Row[Any]:
    return connection.execute(select(verifications).where(verifications.c.name == name)).one()


def _row(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(verifications).where(verifications.c.name == name)).first()

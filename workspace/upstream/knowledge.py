"""The evidence of each field's value, kept beside the settings. Without any, a value is unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, insert, or_, select, update

from workspace.core.clock import iso
from workspace.database.tables import knowledge
from workspace.upstream.protocol import How, Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

Field = tuple[str, str]
"""An address and the name of a field."""

NOTHING = Known(How.UNKNOWN)


def load(connection: Connection) -> dict[Field, Known]:
    """Return everything that is known, by address and field."""
    return {
        (row.address, row.field): Known(
            How(row.how), row.as_of, row.by_name, row.until, row.evidence, tuple(row.one_of), row.doubt
        )
        for row in connection.execute(select(knowledge))
    }


def keep(connection: Connection, known: Mapping[Field, Known]) -> None:
    """Keep the evidence of these values, in place of earlier evidence."""
    _remove(connection, known)
    rows = [
        {
            "address": address,
            "field": name,
            "how": item.how.value,
            "as_of": item.as_of,
            "by_name": item.by,
            "until": item.until,
            "evidence": item.evidence,
            "one_of": list(item.one_of),
            "doubt": item.doubt,
        }
        for (address, name), item in known.items()
    ]
    if rows:
        connection.execute(insert(knowledge), rows)


def forget(connection: Connection, address: str) -> None:
    """Forget everything about a resource that is gone."""
    connection.execute(delete(knowledge).where(knowledge.c.address == address))


def now(known: Known, moment: int) -> Known:
    """Return the evidence of a value at a moment: an ended or contradicted attestation keeps only author and time."""
    counts = known.doubt is None and (known.until is None or known.until >= moment)
    return known if counts else replace(known, how=How.UNKNOWN)


def is_unknown(connection: Connection, address: str, names: Iterable[str], moment: int) -> bool:
    """Return True if a field of a resource is unknown."""
    known = load(connection)
    return any(now(known.get((address, name), NOTHING), moment).how is How.UNKNOWN for name in names)


def doubted(connection: Connection, address: str, name: str, why: str) -> None:
    """Mark a field as suspect: somebody has to look again. The first reason stays."""
    here = knowledge.c.address == address, knowledge.c.field == name
    connection.execute(update(knowledge).where(*here, knowledge.c.doubt.is_(None)).values(doubt=why))


def document(known: Known) -> dict[str, Any]:
    """Return the evidence of a value for an answer."""
    return {
        "how": known.how.value,
        "as_of": None if known.as_of is None else iso(known.as_of),
        "by": known.by,
        "until": None if known.until is None else iso(known.until),
        "evidence": known.evidence,
        "one_of": list(known.one_of),
        "doubt": None if known.how is not How.UNKNOWN else known.doubt or _ended(known),
    }


def _ended(known: Known) -> str | None:
    return None if known.until is None else f"what {known.by} said counted until {iso(known.until)}"


def _remove(connection: Connection, fields: Iterable[Field]) -> None:
    here = [and_(knowledge.c.address == address, knowledge.c.field == name) for address, name in fields]
    if here:
        connection.execute(delete(knowledge).where(or_(*here)))

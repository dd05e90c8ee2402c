"""The chain of the activity log: a change, removal or insertion of an entry shows as a break.

Each entry has a digest of its content, and a link: the digest of the previous link and its own digest. A log rewritten
as a whole shows in its last link, if that was noted elsewhere. Erasing a person from an entry removes the digest's
salt, too: the links hold, and nobody can try out names.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from workspace.database.prepared import Prepared
from workspace.database.tables import activity, workspaces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

FIRST = ""
"""The link before the first entry."""
_sorted = json.JSONEncoder(sort_keys=True, check_circular=False).encode
SEALS = ("salt", "digest", "link")
_SEALED = tuple(column.name for column in activity.c if column.name not in {"id", *SEALS})
_LAST = Prepared(select(activity.c.link).order_by(activity.c.id.desc()).limit(1))
_ALL = select(activity).order_by(activity.c.id).execution_options(yield_per=1000)


def last(connection: Connection) -> str:
    """Return the link of the newest entry, or the root of the chain."""
    text: str | None = _LAST.scalar(connection)
    return FIRST if text is None else text


def sealed(entry: Mapping[str, Any], before: str) -> dict[str, Any]:
    """Return the columns of an entry, without its number, with its seals; `before` is the previous link."""
    salt = secrets.token_hex(16)
    digest = _digest(salt, entry)
    return {**entry, "salt": salt, "digest": digest, "link": _link(before, digest)}


def check(connection: Connection) -> dict[str, Any]:
    """Count the entries and check the chain, up to its first break, for an answer."""
    before, count, erased, mark = FIRST, 0, 0, None
    rows = connection.execute(_ALL)
    for row in rows:
        why = _fault(row._asdict(), before)
        if why is not None:
            rows.close()
            return _result(count, erased, before, {"id": str(row.id), "resource": row.resource, "why": why})
        before, mark = row.link, row.mark
        count, erased = count + 1, erased + (row.salt is None)
    now = connection.execute(select(workspaces.c.mark, workspaces.c.lineage)).one()
    if (mark or now.lineage) != now.mark:
        return _result(count, erased, before, {"id": None, "resource": None, "why": "end_missing"})
    return _result(count, erased, before, None)


def _result(count: int, erased: int, link: str, broken: dict[str, Any] | None) -> dict[str, Any]:
    return {"type": "activity.check", "entries": count, "erased": erased, "link": link, "broken": broken}


def _fault(row: Mapping[str, Any], before: str) -> str | None:
    if row["salt"] is not None and _digest(row["salt"], row) != row["digest"]:
        return "changed"
    return None if _link(before, row["digest"]) == row["link"] else "not_in_line"


def _digest(salt: str, entry: Mapping[str, Any]) -> str:
    text = _sorted([salt, {name: entry[name] for name in _SEALED}])
    return hashlib.sha256(text.encode()).hexdigest()


def _link(before: str, digest: str) -> str:
    return hashlib.sha256(f"{before}\n{digest}".encode()).hexdigest()

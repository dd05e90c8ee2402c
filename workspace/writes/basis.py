"""The basis of a write: other resources at the revisions that the decision rests on; refused if any has moved.

A portal is safe to enable for one audience and not for another: `Portal-Decided-On: audience/acme=3, identity=1`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.database import store
from workspace.writes import audit_log

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

HEADER = "Portal-Decided-On"
MOST = 500
"""The most resources of a basis."""
_PART = re.compile(r"\s*([A-Za-z0-9._~/%-]{1,900})=([0-9]{1,10})\s*", re.ASCII)


def parse(text: str | None) -> Mapping[str, int]:
    """Parse a `Portal-Decided-On` header, empty if absent; ApiError 400 if malformed."""
    if text is None:
        return {}
    parts = [_PART.fullmatch(part) for part in text.split(",", MOST)]
    revisions = {unquote(part[1]): int(part[2]) for part in parts if part is not None}
    if len(revisions) != len(parts):
        form = f"addresses with revisions, none twice and at most {MOST}: audience/acme=3, identity=1"
        raise invalid_parameter(f"{HEADER} is {form}", HEADER)
    return revisions


def require(connection: Connection, named: Mapping[str, int]) -> None:
    """Refuse a write on a basis that has moved, with ApiError 412 that lists the changes and their authors."""
    now = _revisions(connection, named)
    moved = [address for address, revision in named.items() if now.get(address, 0) != revision]
    if moved:
        raise ApiError(412, [_problem(connection, text, named[text], now.get(text, 0)) for text in sorted(moved)])


def _revisions(connection: Connection, addresses: Iterable[str]) -> dict[str, int]:
    attributes = {address for address in addresses if address.startswith(store.ATTRIBUTE)}
    revisions = dict(store.load_settings(connection, set(addresses) - attributes)) if addresses else {}
    if attributes:
        revisions |= store.load_some_attributes(connection, attributes)
    return {address: stored.revision for address, stored in revisions.items()}


def _problem(connection: Connection, address: str, named: int, now: int) -> Problem:
    message = f"this was decided on {address} at revision {named}, and it is at {now}"
    changes = audit_log.changes_since(connection, address, named)
    return Problem("basis_moved", message, address, {"current_revision": now, "changes": changes})

"""What makes somebody look again at what a person said: the vendor's log, and a count that moved away.

That nothing speaks against a word never makes it stronger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from workspace.core.clock import iso
from workspace.core.errors import ApiError
from workspace.database import store
from workspace.database.tables import upstreams
from workspace.upstream import knowledge
from workspace.upstream.protocol import How
from workspace.upstream.tasks import counting, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from workspace.upstream.knowledge import Field
    from workspace.upstream.protocol import Event, Known, Upstream


_OVERLAP = 3600
"""Seconds by which an entry may appear late in the log."""


def attested(connection: Connection, moment: int) -> dict[Field, Known]:
    """Return what counts now because a person said so."""
    known = {field: knowledge.now(one, moment) for field, one in knowledge.load(connection).items()}
    return {field: one for field, one in known.items() if one.how is How.ATTESTED}


def events(upstream: Upstream, connection: Connection, moment: int) -> Sequence[Event]:
    """Return what the vendor logged since the last look; nothing where no word of a person counts.

    A log that may not be read says nothing, and so is no reason for anything.
    """
    words = attested(connection, moment)
    oldest = min((one.as_of for one in words.values() if one.as_of is not None), default=None)
    last = connection.execute(select(upstreams.c.observed_at)).scalar()
    if oldest is None or last is None:
        return ()
    try:
        return upstream.events(max(oldest, last - _OVERLAP))
    except ApiError:
        return ()


def doubt_by_log(connection: Connection, logged: Iterable[Event], moment: int) -> None:
    """Doubt what was said before an entry of the log that may be about it, or that may be about anything."""
    words = attested(connection, moment)
    for event in logged:
        for (address, name), word in words.items():
            fits = not event.known or any(address.startswith(one) for one in event.addresses)
            if fits and word.as_of is not None and event.at > word.as_of:
                who = f", probably by {event.by}" if event.by else ""
                said = f"{event.description or event.type} ({event.type}) at {iso(event.at)}{who}"
                knowledge.doubted(connection, address, name, said)


def doubt_by_count(connection: Connection, moment: int) -> None:
    """Doubt an audience whose people here are by now far from the number that was read off its screen."""
    words = attested(connection, moment)
    for address, name in words:
        newest = rows.attestations(connection, {"address": address, "field": name})
        if not newest or newest[0]["method"] != "count" or newest[0]["read_back"] is None:
            continue
        stored = store.load(connection, address)
        found = None if stored is None else counting.count(connection, _audience(stored.document), moment)
        digits = "".join(one for one in newest[0]["read_back"] if one.isdecimal())
        if found is not None and digits and counting.moved_away(int(digits), found["people"]):
            why = f"its screen showed {digits} people at {newest[0]['at']}, and {found['people']} match here now"
            knowledge.doubted(connection, address, name, why)


def _audience(document: Mapping[str, object]) -> dict[str, object]:
    return {name: document.get(name) for name in ("mode", "rule")}

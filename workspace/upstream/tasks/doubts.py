"""Reasons to look again at an attestation: the vendor's log, and a count that moved away.

Their absence never makes an attestation stronger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from workspace.core.clock import iso
from workspace.database import store
from workspace.database.tables import upstreams
from workspace.upstream import knowledge
from workspace.upstream.problems import UpstreamError
from workspace.upstream.protocol import How
from workspace.upstream.tasks import counting, rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from workspace.upstream.knowledge import Field
    from workspace.upstream.protocol import Event, Known, Observation, Upstream


_LONGEST = 500
_OVERLAP = 3600
"""Seconds by which an entry may appear late in the log."""
_CLOSED = frozenset({"upstream_scope", "upstream_plan", "upstream_not_found", "upstream_refused"})
"""Codes of a log that may not be read: by the token, by the subscription, or at all."""


def attested(connection: Connection, moment: int) -> dict[Field, Known]:
    """Return the attested values that count now."""
    known = {field: knowledge.now(item, moment) for field, item in knowledge.load(connection).items()}
    return {field: item for field, item in known.items() if item.how is How.ATTESTED}


def events(upstream: Upstream, connection: Connection, moment: int, moved: Collection[str]) -> Sequence[Event]:
    """Return the vendor's log since the last observation; empty without live attestations and moved settings.

    A log that may not be read is no reason for anything; ApiError for one that could not be read this time, as its
    entries would be missed for good.
    """
    last = connection.execute(select(upstreams.c.observed_at)).scalar()
    if last is None or not (moved or attested(connection, moment)):
        return ()
    try:
        return upstream.events(last - _OVERLAP)
    except UpstreamError as problem:
        if problem.code not in _CLOSED:
            raise
        return ()


def moved(connection: Connection, seen: Observation) -> list[str]:
    """Return the settings of which the vendor tells something else than is stored here."""
    results = []
    for address, fields in seen.fields.items():
        stored = store.load(connection, address)
        values = (
            {} if stored is None else {name: field.value for name, field in fields.items() if not field.known.one_of}
        )
        if stored is not None and any(not store.same(stored.document.get(name), values[name]) for name in values):
            results.append(address)
    return results


def probably(logged: Iterable[Event], addresses: Collection[str]) -> str | None:
    """Return the probable author of a change of settings, with the entry of the log; None without a matching entry."""
    fitting = [
        event
        for event in logged
        if any(address.startswith(start) for start in event.addresses for address in addresses)
    ]
    if not fitting:
        return None
    newest = fitting[-1]
    who = newest.by or "somebody"
    return f"probably by {who}: {newest.description or newest.type} ({newest.type}) at {iso(newest.at)}"[:_LONGEST]


def doubt_by_log(connection: Connection, logged: Sequence[Event], moment: int) -> None:
    """Mark attestations as suspect that an entry of the log, not a task's own, from their second on may concern."""
    words = attested(connection, moment)
    requested = _requested(connection, logged, moment)
    for event in (item for item in logged if item.id not in requested):
        for (address, name), word in words.items():
            fits = not event.known or any(address.startswith(text) for text in event.addresses)
            # Of the same second nobody knows which came first.
            if fits and word.as_of is not None and event.at >= word.as_of:
                who = f", probably by {event.by}" if event.by else ""
                message = f"{event.description or event.type} ({event.type}) at {iso(event.at)}{who}"
                knowledge.doubted(connection, address, name, message)


def _requested(connection: Connection, logged: Sequence[Event], moment: int) -> frozenset[str]:
    """Return the ids of entries that tasks asked for: by one person, while a task about the setting was open.

    Two people at the same setting at the same time are one too many. The outcome of a contradicted or abandoned task is
    unknown.
    """
    ids: set[str] = set()
    for task in rows.between(connection, min((event.at for event in logged), default=moment)):
        until = moment if task.ended_at is None else task.ended_at
        fitting = [
            event
            for event in logged
            if event.known and event.at in range(task.opened_at, until + 1) and task.address.startswith(event.addresses)
        ]
        if len({event.by for event in fitting}) == 1:
            ids |= {event.id for event in fitting}
    return frozenset(ids)


def doubt_by_count(connection: Connection, moment: int) -> None:
    """Doubt an audience whose people here are by now far from the number that was read off its screen."""
    words = attested(connection, moment)
    for address, name in words:
        newest = rows.attestations(connection, {"address": address, "field": name})
        if not newest or newest[0]["method"] != "count" or newest[0]["read_back"] is None:
            continue
        stored = store.load(connection, address)
        counted = None if stored is None else counting.count(connection, _audience(stored.document), moment)
        digits = "".join(value for value in newest[0]["read_back"] if value.isdecimal())
        if counted is not None and digits and counting.moved_away(int(digits), counted["people"]):
            why = f"its screen showed {digits} people at {newest[0]['at']}, and {counted['people']} match here now"
            knowledge.doubted(connection, address, name, why)


def _audience(document: Mapping[str, object]) -> dict[str, object]:
    return {name: document.get(name) for name in ("mode", "rule")}

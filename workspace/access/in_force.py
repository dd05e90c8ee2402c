"""The settings in force for a Help Center: kept, by the workspace's revision, the day, and the use of companies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import bindparam, func, select

from workspace.access import view as access
from workspace.database.prepared import Prepared
from workspace.database.tables import activity, help_centers, workspaces
from workspace.settings import observed as configuration

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from workspace.access.view import View
    from workspace.database.prepared import Bare
    from workspace.settings.observed import Observed

_newest = select(func.max(activity.c.id)).correlate(None).scalar_subquery()
MOMENT = select(
    *workspaces.c,
    # A database that was restored from a backup comes to the same revision by other writes.
    activity.c.id.label("entry"),
    activity.c.at.label("entry_at"),
    configuration.IN_USE.scalar_subquery().label("companies_in_use"),
).outerjoin_from(workspaces, activity, activity.c.id == _newest)
"""The statement of all that the settings in force follow from, but for the day: one row."""
_MOMENT = Prepared(MOMENT)
_NAME = Prepared(
    select(help_centers.c.display_name).where(help_centers.c.identifier == bindparam("identifier")), "identifier"
)
_IDENTIFIERS = Prepared(select(help_centers.c.identifier))


@dataclass(frozen=True, slots=True)
class InForce:
    """The settings in force; `card_shown` is for people with access, `mode` the proof of identity: jwt, hmac, off."""

    observed: Observed
    name: str
    host: str
    view: View
    card_shown: bool
    mode: str


@dataclass(slots=True)
class Kept:
    """The kept settings in force, for each Help Center of one workspace; safe for threads."""

    _of: dict[str, tuple[tuple[Any, ...], InForce]] = field(default_factory=dict)
    _hosts: tuple[Any, dict[str, str]] = (None, {})

    def of(self, connection: Connection | Bare, identifier: str, today: date) -> InForce | None:
        """Return the settings in force for a Help Center, None for an unknown one; the transaction has changed none."""
        return self._at(_moment(connection, today), connection, identifier, today)

    def known(self, identifier: str) -> tuple[tuple[Any, ...], InForce] | None:
        """Return the settings that were last in force, after the row of `MOMENT` and the day that they follow from."""
        return self._of.get(identifier)

    def on_host(self, connection: Connection | Bare, host: str, today: date) -> InForce | None:
        """Return the same for the Help Center whose own domain a host is, or None."""
        moment = _moment(connection, today)
        known, hosts = self._hosts
        if known != moment:
            hosts = {}
            for identifier in sorted(_IDENTIFIERS.all(connection), reverse=True):
                in_force = self._at(moment, connection, identifier[0], today)
                # Of two Help Centers on one host the first one counts.
                hosts |= {in_force.host: identifier[0]} if in_force else {}
            self._hosts = moment, hosts
        return self._at(moment, connection, hosts[host], today) if host in hosts else None

    def _at(self, moment: Any, connection: Connection | Bare, identifier: str, today: date) -> InForce | None:
        kept = self._of.get(identifier)
        if kept is not None and kept[0] == moment:
            return kept[1]
        observed = configuration.observe(connection, identifier)
        if observed is None:
            return None
        url = configuration.help_center_url(identifier, observed.of("help_center").document)
        in_force = InForce(
            observed=observed,
            name=_NAME.scalar(connection, identifier=identifier),
            host=urlsplit(url).hostname or "",
            view=access.live_view(observed, today),
            card_shown=access.shows_card(observed),
            mode=str(observed.of("identity").document["mode"]),
        )
        self._of[identifier] = moment, in_force
        return in_force


def _moment(connection: Connection | Bare, today: date) -> tuple[Any, ...]:
    """Return the key of a moment: equal keys, equal settings in force."""
    row = _MOMENT.first(connection)
    in_use = configuration.noted_in_use(connection)
    return (*row[:-1], row[-1] if in_use is None else in_use, today)

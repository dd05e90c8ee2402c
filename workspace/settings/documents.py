"""Whole configurations of Help Centers, in a constant number of queries: by the page, or one, a page laid flat."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from workspace.core.clock import iso
from workspace.database import named, store
from workspace.database.prepared import Prepared
from workspace.database.tables import activity, help_centers, workspaces
from workspace.settings import observed as configuration
from workspace.settings import required as required_settings
from workspace.settings.granted import granted
from workspace.settings.kinds import OF_HELP_CENTER, OF_WORKSPACE
from workspace.settings.kinds.base import state
from workspace.settings.kinds.granted_companies import KIND as GRANTS
from workspace.settings.kinds.granted_companies import PEOPLE
from workspace.settings.observed import help_center_url
from workspace.writes import leases, moments, receipts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection, Row

    from workspace.database.named import Naming, Place
    from workspace.database.store import Stored
    from workspace.settings.granted import Granted
    from workspace.settings.observed import Observed
    from workspace.writes.leases import Lease

Pair = tuple[str, str | None]
"""A Help Center, and the name of a configuration; None where none is asked for."""

_ENTRIES = "records", "configurations"
"""The parts of a page that a single configuration does not have."""

# Built once, for they are asked with every observation.
_newest = select(activity.c.id, activity.c.at).order_by(activity.c.id.desc()).limit(1).subquery()
_WORKSPACE = Prepared(
    select(
        workspaces,
        select(_newest.c.id).scalar_subquery().label("entry"),
        select(_newest.c.at).scalar_subquery().label("entry_at"),
    )
)
_HELP_CENTERS = select(help_centers).where(help_centers.c.identifier.in_(bindparam("identifiers", expanding=True)))


@dataclass(frozen=True, slots=True)
class Look:
    """Markers of a change, read without any setting; `workspace` is of the newest activity entry."""

    pairs: Sequence[Pair]
    workspace: Row[Any]
    in_use: bool
    display_names: Mapping[str, str]
    leases: Mapping[str, Lease]
    unfinished: Mapping[str, Mapping[str, Any]]
    granted: Sequence[Granted]

    @property
    def names(self) -> set[str]:
        """The names of the requested configurations."""
        return {name for _, name in self.pairs if name is not None}

    def tag(self, today: date) -> str:
        """Return the `ETag` of an answer.

        It covers the day, with which acknowledgements end; leases and receipts, which leave the revision alone; and the
        newest write, because a restored database can reach the same revision by other writes.
        """
        workspace = self.workspace
        held = {name: lease.document() for name, lease in self.leases.items()}
        parts = [self.pairs, tuple(workspace), self.display_names, held, self.unfinished]
        parts += [granted.document() for granted in self.granted]
        digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]
        return f"{workspace.revision}-{today:%Y%m%d}-{int(self.in_use)}-{digest}"


def look(connection: Connection, pairs: Sequence[Pair], now: int) -> Look:
    """Read the markers of a change in at most six queries; `now` is in seconds since 1970."""
    names = {name for _, name in pairs if name is not None}
    there = connection.execute(_HELP_CENTERS, {"identifiers": list({identifier for identifier, _ in pairs})})
    return Look(
        pairs=pairs,
        workspace=_WORKSPACE.first(connection),
        in_use=configuration.companies_in_use(connection),
        display_names={row.identifier: row.display_name for row in there},
        leases=leases.all_live(connection, names, now),
        unfinished=receipts.unfinished(connection, names),
        granted=granted(connection),
    )


def page(connection: Connection, look: Look, today: date) -> dict[str, Any]:
    """Return a page of configurations for the admin API, with five more queries; `today` is in UTC."""
    workspace = look.workspace
    moment = configuration.read(connection, look.display_names, workspace=workspace, in_use=look.in_use)
    records = configuration.record_documents(connection, look.names)
    resources = moment.resources
    return {
        "workspace": {"id": workspace.id, "name": workspace.name},
        "revision": workspace.revision,
        "moment": str(moments.of_row(workspace)),
        "data_attributes": [_attribute(stored, custom=custom) for stored, custom in moment.attributes],
        **{kind.name: kind.shown(resources[kind.address()]) for kind in OF_WORKSPACE},
        GRANTS.name: {
            **GRANTS.shown(resources[GRANTS.address()]),
            PEOPLE: [granted.document() for granted in look.granted],
        },
        "site": moment.site(),
        "site_revision": resources["site"].revision,
        "required_settings": {
            "profile": workspace.required_settings_profile,
            "settings": required_settings.described(workspace.required_settings_profile),
        },
        **_namings(*named.by_record(connection, {identifier for identifier, _ in look.pairs}, look.names)),
        "configurations": [
            _entry(look, moment.of(identifier), name, records, today) for identifier, name in look.pairs
        ],
    }


def single(page: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    """Lay the configuration of a page of one Help Center flat."""
    (entry,) = page["configurations"]
    shared = {part: value for part, value in page.items() if part not in _ENTRIES}
    described, stand = page["required_settings"], entry["required_settings"]
    checks = [{**setting, **check} for setting, check in zip(described["settings"], stand["checks"], strict=True)]
    return {
        **shared,
        **entry,
        "required_settings": {"profile": described["profile"], "met": stand["met"], "checks": checks},
        "others": [record for record in page["records"] if record["name"] != name],
    }


def _entry(
    look: Look, observed: Observed | None, name: str | None, records: Mapping[str, Any], today: date
) -> dict[str, Any] | None:
    if observed is None:
        return None
    checks = observed.checks(today)
    parts = {kind.name: kind.shown(observed.of(kind.name)) for kind in OF_HELP_CENTER}
    lease = look.leases.get(name or "")
    return {
        **parts,
        "help_center": {
            "identifier": observed.identifier,
            "display_name": look.display_names[observed.identifier],
            "url": help_center_url(observed.identifier, observed.of("help_center").document),
            **parts["help_center"],
        },
        "portal": observed.portal(checks),
        "required_settings": {
            "met": not required_settings.unmet(checks),
            "checks": [check.standing() for check in checks],
        },
        "record": records.get(name or ""),
        "lease": lease and lease.document(),
        "unfinished": look.unfinished.get(name or ""),
    }


def others(connection: Connection, names: Collection[str]) -> dict[str, Any]:
    """Return the managed fields of the workspace by every record except `names`, with two queries."""
    return _namings(*named.of_others(connection, names))


def _namings(namings: Sequence[Naming], more: Sequence[Place]) -> dict[str, Any]:
    return {
        "records": [
            {
                "name": naming.name,
                "help_center": naming.help_center,
                "applied_at": iso(naming.applied_at),
                "applied_by": naming.applied_by,
                "manages": {place.address: place.fields for place in naming.places},
            }
            for naming in namings
        ],
        "more_records": [{"address": place.address, "fields": place.fields} for place in more],
    }


def _attribute(stored: Stored, *, custom: bool) -> dict[str, Any]:
    model, name = store.attribute_parts(stored.address)
    return {"model": model, "name": name, "custom": custom, **state(stored)}

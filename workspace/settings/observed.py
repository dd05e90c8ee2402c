"""Everything that decides whether portals work, read in few queries, and its parts in an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from workspace.core.clock import iso
from workspace.database import store
from workspace.database.prepared import Prepared
from workspace.database.tables import contacts, memberships, workspaces
from workspace.database.tables.directory import IS_USER
from workspace.settings import required as required_settings
from workspace.settings.kinds import OF_HELP_CENTER, OF_WORKSPACE, address_of, site
from workspace.settings.kinds.base import state
from workspace.writes import verifications

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from workspace.database.prepared import Bare
    from workspace.database.store import Stored
    from workspace.settings.required import Check

COMPANIES_IN_USE = "portal_companies_in_use"
"""The execution option for companies in use, for a database without people."""

# From memberships to people: where there are none, nobody has to be looked at.
_USER = select(contacts.c.id).where(contacts.c.id == memberships.c.contact_id, IS_USER)
IN_USE = select(exists(select(memberships.c.contact_id).where(exists(_USER))))
"""The statement that asks the database the same."""

_IN_USE = Prepared(IN_USE)
_WORKSPACE = Prepared(select(workspaces))

_WORKSPACE_WIDE = tuple(kind.address() for kind in OF_WORKSPACE)


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of a workspace: settings and attributes by address, attributes with True for custom ones."""

    workspace: Any
    resources: Mapping[str, Stored]
    attributes: Sequence[tuple[Stored, bool]]
    companies_in_use: bool

    def site(self) -> dict[str, Any]:
        """Return the facts about the customer's site."""
        return {**site.KIND.shown(self.resources[site.KIND.address()]), site.FROM_PEOPLE: self.companies_in_use}

    def of(self, identifier: str) -> Observed | None:
        """Return the observation of a Help Center, or None if it was not found."""
        there = all(kind.address(identifier) in self.resources for kind in OF_HELP_CENTER)
        return Observed(self, identifier) if there else None


@dataclass(frozen=True, slots=True)
class Observed:
    """The settings, attributes and facts that decide whether a portal works, at one moment."""

    moment: Moment
    identifier: str

    @property
    def profile(self) -> str:
        """The profile of required settings in force."""
        profile: str = self.moment.workspace.required_settings_profile
        return profile

    def of(self, kind: str) -> Stored:
        """Return the settings of a kind, such as `audience` or `identity`."""
        return self.moment.resources[address_of(kind, self.identifier)]

    def facts(self) -> dict[str, Any]:
        """Return the facts for the required settings, by path."""
        results = {}
        for part, fields in required_settings.fields(self.profile).items():
            values = self._values(part)
            results.update({f"{part}.{name}": values[name] for name in fields if name in values})
        return results

    def _values(self, name: str) -> Mapping[str, Any]:
        if name == site.KIND.name:
            return self.moment.site()
        address = name if name.startswith(store.ATTRIBUTE) else address_of(name, self.identifier)
        stored = self.moment.resources.get(address)
        return stored.document if stored is not None else {}

    def checks(self, today: date) -> list[Check]:
        """Evaluate the required settings."""
        return required_settings.evaluate(self.profile, self.facts(), today)

    @property
    def portal_url(self) -> str:
        """The address of the portal, open or not."""
        return f"{help_center_url(self.identifier, self.of('help_center').document)}/en/tickets-portal"

    def portal(self, checks: Sequence[Check]) -> dict[str, Any]:
        """Return the portal for an answer."""
        enabled = self.of("portal").document["enabled"]
        return {
            **state(self.of("portal")),
            "url": self.portal_url if enabled else None,
            "effective": enabled and not required_settings.unmet(checks),
        }


def observe(connection: Connection | Bare, identifier: str) -> Observed | None:
    """Observe a Help Center; None if it does not exist."""
    addresses = [kind.address(identifier) for kind in OF_HELP_CENTER]
    settings = store.load_few(connection, *_WORKSPACE_WIDE, *addresses)
    workspace, in_use = _WORKSPACE.first(connection), companies_in_use(connection)
    return _moment(connection, settings, workspace=workspace, in_use=in_use).of(identifier)


def read(connection: Connection, identifiers: Iterable[str], *, workspace: Any, in_use: bool) -> Moment:
    """Read the moment of these Help Centers with two queries; unknown identifiers are left out."""
    addresses = [kind.address(identifier) for identifier in identifiers for kind in OF_HELP_CENTER]
    settings = store.load_settings(connection, (*_WORKSPACE_WIDE, *addresses))
    return _moment(connection, settings, workspace=workspace, in_use=in_use)


def _moment(connection: Connection | Bare, settings: Mapping[str, Stored], *, workspace: Any, in_use: bool) -> Moment:
    attributes = store.load_attributes(connection)
    resources = {**settings, **{stored.address: stored for stored, _ in attributes}}
    return Moment(workspace, resources, attributes, in_use)


def companies_in_use(connection: Connection | Bare) -> bool:
    """Return True if a user belongs to a company."""
    stated = noted_in_use(connection)
    return bool(_IN_USE.scalar(connection)) if stated is None else stated


def noted_in_use(connection: Connection | Bare) -> bool | None:
    """Return the same from the database's note (`COMPANIES_IN_USE`), or None without a note."""
    stated: bool | None = connection.get_execution_options().get(COMPANIES_IN_USE)
    return stated


def help_center_url(identifier: str, values: Mapping[str, Any]) -> str:
    """Return the address of a Help Center, without a slash at the end."""
    if values["custom_domain"] is None:
        return f"https://{identifier}.helpcenter.example"
    return f"{'https' if values['https'] else 'http'}://{values['custom_domain']}"


def record_document(connection: Connection, name: str) -> dict[str, Any] | None:
    """Return a record as it stands in an answer, or None."""
    return record_documents(connection, [name]).get(name)


def record_documents(connection: Connection, names: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the existing records of these names for an answer, each with its newest verification, by name."""
    load_records = store.load_records(connection, names)
    verified = verifications.documents(connection, load_records)
    return {name: _record(name, stored, verified.get(name)) for name, stored in load_records.items()}


def record_state(connection: Connection, stored: Stored) -> dict[str, Any]:
    """Return a stored record for an answer."""
    name = stored.address.removeprefix(store.RECORD)
    return _record(name, stored, verifications.documents(connection, [name]).get(name))


def _record(name: str, stored: Stored, verified: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "name": name,
        "revision": stored.revision,
        **stored.document,
        "applied_at": iso(stored.document["applied_at"]),
        "verification": verified,
    }

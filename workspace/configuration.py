"""The whole configuration of one Help Center, and how its required settings stand, in few queries."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, false, select

from workspace import leases, receipts, required_settings, store, verifications
from workspace.moments import iso
from workspace.tables import contacts, help_centers, memberships, workspaces

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import Connection, Row

    from workspace.required_settings import Check
    from workspace.store import Stored

COMPANIES_IN_USE = "portal_companies_in_use"
"""An execution option that says whether some user belongs to a company, for a database without its people."""

# Built once, for they are asked with every observation.
_IN_USE = select(
    exists(
        select(memberships.c.contact_id)
        .join(contacts, contacts.c.id == memberships.c.contact_id)
        .where(contacts.c.role == "user", contacts.c.archived == false())
    )
)
_WORKSPACE = select(workspaces)
_HELP_CENTER = select(help_centers).where(help_centers.c.identifier == bindparam("identifier"))

_WORKSPACE_WIDE = ("identity", "messenger_spaces", "site")
_PER_HELP_CENTER = ("help_center", "audience", "ticket_visibility", "portal", "homepage")


@dataclass(frozen=True, slots=True)
class Observed:
    """What decides whether a portal works: one moment's settings, attributes and facts.

    Attributes:
        workspace: The row of the workspace itself.
        identifier: The Help Center.
        settings: Every settings resource of it and of the workspace, by address.
        attributes: All data attributes, each with whether it is a custom one.
        companies_in_use: Whether some user belongs to a company.
    """

    workspace: Row[Any]
    identifier: str
    settings: Mapping[str, Stored]
    attributes: list[tuple[Stored, bool]]
    companies_in_use: bool

    @property
    def profile(self) -> str:
        """Which required settings apply."""
        profile: str = self.workspace.required_settings_profile
        return profile

    def of(self, kind: str) -> Stored:
        """Return the settings of a kind, such as `audience` or `identity`."""
        return self.settings[address_of(kind, self.identifier)]

    def site(self) -> dict[str, Any]:
        """Return the facts about the customer's site."""
        return {**self.of("site").document, "companies_in_use": self.companies_in_use}

    def facts(self) -> dict[str, Any]:
        """Return what the required settings are evaluated on, by path."""
        sources = {
            "help_center": self.of("help_center").document,
            "identity": self.of("identity").document,
            "site": self.site(),
        } | {stored.address: stored.document for stored, _ in self.attributes}
        return {f"{name}.{field}": value for name, values in sources.items() for field, value in values.items()}

    def checks(self, today: date) -> list[Check]:
        """Return how the required settings stand."""
        return required_settings.evaluate(self.profile, self.facts(), today)

    @property
    def portal_url(self) -> str:
        """Where the portal is, or would be."""
        return f"{help_center_url(self.identifier, self.of('help_center').document)}/en/tickets-portal"

    def portal(self, today: date) -> dict[str, Any]:
        """Return what is shown of the portal beside its revision and values."""
        enabled = self.of("portal").document["enabled"]
        return {
            "url": self.portal_url if enabled else None,
            "effective": enabled and not required_settings.unmet(self.checks(today)),
        }


def address_of(kind: str, identifier: str) -> str:
    """Return the address of the settings of a kind that count for a Help Center."""
    return kind if kind in _WORKSPACE_WIDE else f"{kind}/{identifier}"


def observe(connection: Connection, identifier: str) -> Observed | None:
    """Return what decides whether a Help Center's portal works, or None where there is no such Help Center."""
    addresses = [address_of(kind, identifier) for kind in (*_WORKSPACE_WIDE, *_PER_HELP_CENTER)]
    settings = store.load_settings(connection, addresses)
    if len(settings) != len(addresses):
        return None
    return Observed(
        workspace=connection.execute(_WORKSPACE).one(),
        identifier=identifier,
        settings=settings,
        attributes=store.load_attributes(connection),
        companies_in_use=companies_in_use(connection),
    )


def companies_in_use(connection: Connection) -> bool:
    """Return whether some user belongs to a company."""
    told: bool | None = connection.get_execution_options().get(COMPANIES_IN_USE)
    if told is not None:
        return told
    return bool(connection.execute(_IN_USE).scalar())


def applies(connection: Connection, record: str | None, now: int) -> dict[str, Any]:
    """Return what the configuration of this name is held by and what was left behind, as it stands in an answer.

    Args:
        connection: Where to read.
        record: The configuration's name; None where nothing is asked of it.
        now: In seconds since 1970.
    """
    if record is None:
        return {"lease": None, "unfinished": None}
    lease = leases.live(connection, record, now)
    return {"lease": lease and lease.document(), "unfinished": receipts.unfinished(connection, record)}


def tag(connection: Connection, today: date, applies: Mapping[str, Any]) -> str:
    """Return what changes whenever a configuration may look different, for an `ETag`.

    The day is part of it because acknowledgements end with a day. Leases and receipts leave the workspace's
    revision alone, so what is said of them (`applies`) is part of it too.
    """
    revision = connection.execute(_WORKSPACE).one().revision
    said = hashlib.sha256(json.dumps(applies, sort_keys=True).encode()).hexdigest()[:16]
    return f"{revision}-{today:%Y%m%d}-{int(companies_in_use(connection))}-{said}"


def help_center_url(identifier: str, values: Mapping[str, Any]) -> str:
    """Return where a Help Center is found, without a slash at the end."""
    if values["custom_domain"] is None:
        return f"https://{identifier}.helpcenter.example"
    return f"{'https' if values['https'] else 'http'}://{values['custom_domain']}"


def configuration(connection: Connection, identifier: str, record: str | None, today: date) -> dict[str, Any] | None:
    """Return the whole configuration as the admin API shows it, or None where there is no such Help Center.

    What `applies` says is not part of it.
    """
    observed = observe(connection, identifier)
    if observed is None:
        return None
    workspace = observed.workspace
    help_center = connection.execute(_HELP_CENTER, {"identifier": identifier}).one()
    return {
        "workspace": {"id": workspace.id, "name": workspace.name},
        "revision": workspace.revision,
        "help_center": {
            "identifier": identifier,
            "display_name": help_center.display_name,
            "url": help_center_url(identifier, observed.of("help_center").document),
            **state(observed.of("help_center")),
        },
        "identity": state(observed.of("identity")),
        "data_attributes": [_attribute(stored, custom=custom) for stored, custom in observed.attributes],
        "ticket_visibility": state(observed.of("ticket_visibility")),
        "audience": state(observed.of("audience")),
        "portal": {**state(observed.of("portal")), **observed.portal(today)},
        "homepage": homepage(observed.of("homepage")),
        "messenger_spaces": state(observed.of("messenger_spaces")),
        "site": observed.site(),
        "required_settings": _required(observed, today),
        "record": record_document(connection, record) if record is not None else None,
        "others": others(connection, identifier, record),
    }


def others(connection: Connection, identifier: str, record: str | None) -> list[dict[str, Any]]:
    """Return what the other records name of a Help Center and of the workspace, without any value.

    Args:
        connection: Where to read.
        identifier: The Help Center.
        record: The record that is not one of the others; None where all are.
    """
    # No record has an empty name.
    told = []
    for row in store.load_other_records(connection, record or ""):
        manages = {
            address: sorted(fields)
            for address, fields in sorted(row.values_by_address.items())
            if fields and _counts_for(address, identifier)
        }
        if manages:
            moment = iso(row.applied_at)
            told.append({"name": row.name, "applied_at": moment, "applied_by": row.applied_by, "manages": manages})
    return told


def _counts_for(address: str, identifier: str) -> bool:
    """Tell whether an object is of a Help Center, or of the whole workspace."""
    return address.startswith(store.ATTRIBUTE) or address.partition("/")[2] in ("", identifier)


def state(stored: Stored) -> dict[str, Any]:
    """Return a settings resource as it stands in an answer."""
    return {"revision": stored.revision, "values": dict(stored.document)}


def homepage(stored: Stored) -> dict[str, Any]:
    """Return the homepage as it stands in an answer."""
    edited = stored.document["draft_edited"]
    shown = edited and {"by": edited["by"], "at": iso(edited["at"])}
    return {"revision": stored.revision, **stored.document, "draft_edited": shown}


def record_document(connection: Connection, name: str) -> dict[str, Any] | None:
    """Return a record as it stands in an answer, or None."""
    stored = store.load(connection, f"{store.RECORD}{name}")
    return record_state(connection, stored) if stored else None


def record_state(connection: Connection, stored: Stored) -> dict[str, Any]:
    """Return a record as it stands in an answer, with its newest verification."""
    name = stored.address.removeprefix(store.RECORD)
    return {
        "name": name,
        "revision": stored.revision,
        **stored.document,
        "applied_at": iso(stored.document["applied_at"]),
        "verification": verifications.document(connection, name),
    }


def _attribute(stored: Stored, *, custom: bool) -> dict[str, Any]:
    model, name = store.attribute_parts(stored.address)
    return {"model": model, "name": name, "custom": custom, **state(stored)}


def _required(observed: Observed, today: date) -> dict[str, Any]:
    checks = observed.checks(today)
    return {
        "profile": observed.profile,
        "met": not required_settings.unmet(checks),
        "checks": [check.document() for check in checks],
    }

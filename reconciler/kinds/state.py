"""What was observed in a workspace: resources with their revisions, facts, and the record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Resource:
    """One managed object as it is now.

    Attributes:
        address: Its name in plans and records, such as `audience/acme`.
        revision: The number that a write must name; goes up with each change.
        values: The fields that a file can manage, in the form of a file.
        facts: What only the workspace decides: the portal's URL, the homepage's draft.
    """

    address: str
    revision: int
    values: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveField:
    """One field that the workspace's answer holds.

    Attributes:
        address: The object; for a part of the answer that is no object, the name of the part.
        field: Its name, with a dot before each part of it that counts by itself; `*` for a whole part.
        known: Whether this version knows what it is.
    """

    address: str
    field: str
    known: bool


@dataclass(frozen=True, slots=True)
class Known:
    """The evidence behind one live value, where the settings live at a vendor.

    Attributes:
        how: `observed`, `sampled`, `attested`, `assumed`, or `unknown`.
        as_of: When it was seen or said, ISO 8601 in UTC; `None` where it never was.
        by: Who said so.
        until: Up to when it counts; `None` where it does not end.
        evidence: What was seen, in one line.
        one_of: The values that are possible, where less than the whole is known.
        doubt: Why somebody has to look again at what was known before; `None` where nothing was.
    """

    how: str = "unknown"
    as_of: str | None = None
    by: str | None = None
    until: str | None = None
    evidence: str | None = None
    one_of: tuple[Any, ...] = ()
    doubt: str | None = None

    @property
    def unknown(self) -> bool:
        """Whether nothing is known."""
        return self.how == "unknown"


UNKNOWN = Known()


@dataclass(frozen=True, slots=True)
class Making:
    """How a field is changed at a vendor.

    Attributes:
        via: `api` or `person`.
        proof: How a change by a person is proven: `observed`, `count`, `url`, `text`, or `word`.
        minutes: About how long a person takes.
    """

    via: str
    proof: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Upstream:
    """The vendor at which the settings and people of a workspace live.

    Attributes:
        vendor: Its name.
        account: The vendor's id of the workspace.
        observed_at: When it was last looked at, ISO 8601 in UTC.
        known: How each value is known, by address and field; what is missing is unknown.
        mirror: How far its people are mirrored, as the workspace words it.
        capabilities: How each field is changed there: the beginning of an address, a field, and how.
        waiting: The applies that wait for a person, as the workspace words them.
    """

    vendor: str
    account: str
    observed_at: str
    known: Mapping[str, Mapping[str, Known]]
    mirror: Mapping[str, Any]
    capabilities: tuple[tuple[str, str, Making], ...] = ()
    waiting: tuple[Mapping[str, Any], ...] = ()

    def making(self, address: str, field: str) -> Making | None:
        """Return how a field is changed; `None` where the vendor has no such field."""
        fitting = [
            (prefix, made)
            for prefix, name, made in self.capabilities
            if name in (field, "*") and (address == prefix or address.startswith(f"{prefix}/"))
        ]
        return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else None


@dataclass(frozen=True, slots=True)
class Record:
    """What the reconciler last applied to this workspace, kept in the workspace.

    Attributes:
        revision: The record's own revision.
        digest: Digest of the configuration that was applied.
        values: Field values by address and field.
        commit: The commit it came from, where one was known.
        base: The configuration before any overrides, `digest` and `document`; `None` where it is no whole, or where
            it was applied by a version that did not keep it.
        applied_at: When, ISO 8601 in UTC.
        applied_by: Name of the token that applied it.
        verification: What came of the newest verification, as the workspace words it; `None` where there was none.
    """

    revision: int
    digest: str
    values: Mapping[str, Mapping[str, Any]]
    commit: str | None
    base: Mapping[str, Any] | None
    applied_at: str
    applied_by: str
    verification: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Other:
    """What the workspace tells of the record of another configuration.

    Attributes:
        name: The configuration.
        help_center: Which Help Center it was applied to.
        applied_at: When it was applied last, ISO 8601 in UTC.
        applied_by: Name of the token that applied it.
        manages: The names of the fields that it applied, by address.
    """

    name: str
    help_center: str
    applied_at: str
    applied_by: str
    manages: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class OtherConfigurations:
    """What other configurations applied, of all that was observed together.

    Attributes:
        by_address: Who manages something of each object, by name; the configuration itself may be among them.
        own: The configuration's name.
        more: Objects of which more configurations manage something than were told; each with the fields, as often as
            there are such sets of them.
    """

    by_address: Mapping[str, Sequence[Other]] = field(default_factory=dict)
    own: str = ""
    more: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)

    def of(self, address: str) -> Sequence[Other]:
        """Return who else manages something of an object."""
        return [other for other in self.by_address.get(address, ()) if other.name != self.own]

    def are_more(self, address: str, fields: Iterable[str]) -> bool:
        """Tell whether more configurations than these manage one of some fields of an object."""
        return any(not told.isdisjoint(fields) for told in map(set, self.more.get(address, ())))


@dataclass(frozen=True, slots=True)
class State:
    """One consistent observation of a workspace and one of its Help Centers.

    Attributes:
        workspace: The workspace's own id.
        workspace_name: What people call it.
        revision: Goes up by one with each change of a setting.
        moment: Which workspace by its lineage, this revision, and a mark that no other history has.
        help_center: Which Help Center.
        resources: Every managed object, by address.
        site: Facts about the customer's site.
        site_revision: The number of those facts; goes up with each change.
        profile: Which required settings count.
        record: What was last applied; `None` where nothing was.
        others: What other configurations applied here, by name.
        lease: Who is applying the same configuration right now; `None` where nobody is.
        unfinished: The receipt of an apply that was begun and never ended; `None` where there is none.
        live: Every field that the answer held, also those that this version does not know.
        upstream: The vendor at which all of it lives; `None` where it lives in the workspace itself.
    """

    workspace: str
    workspace_name: str
    revision: int
    help_center: str
    resources: Mapping[str, Resource]
    site: Mapping[str, Any]
    profile: str
    record: Record | None
    live: tuple[LiveField, ...] = ()
    others: OtherConfigurations = field(default_factory=OtherConfigurations)
    lease: Mapping[str, Any] | None = None
    unfinished: Mapping[str, Any] | None = None
    moment: str = ""
    site_revision: int = 0
    upstream: Upstream | None = None

    def known(self, address: str, field: str) -> Known | None:
        """Return how the value of a field is known; `None` where it lives in the workspace itself."""
        if self.upstream is None:
            return None
        fields = self.upstream.known.get(address, {})
        # What is known of all fields of an object alike stands there once.
        return fields.get(field) or fields.get("*", UNKNOWN)

    @property
    def portal(self) -> Resource:
        """The tickets portal of the Help Center."""
        return self.resources[f"portal/{self.help_center}"]

    def recorded(self, address: str) -> Mapping[str, Any]:
        """Return the fields that were last applied to `address`; empty where there were none."""
        return self.record.values.get(address, {}) if self.record else {}

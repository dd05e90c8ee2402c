"""The observed state of a workspace: resources with their revisions, facts, and the record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Resource:
    """One live resource, such as `audience/acme`; `facts` are what only the workspace decides."""

    address: str
    revision: int
    values: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveField:
    """One field of the workspace's answer, known to this version or not; `*` stands for a whole part."""

    address: str
    field: str
    known: bool


@dataclass(frozen=True, slots=True)
class Known:
    """The evidence behind one live value of a vendor's."""

    how: str = "unknown"  # `observed`, `sampled`, `attested`, `assumed`, or `unknown`
    as_of: str | None = None  # ISO 8601 in UTC
    by: str | None = None
    until: str | None = None
    evidence: str | None = None
    one_of: tuple[Any, ...] = ()  # the possible values, where it is not known exactly
    doubt: str | None = None  # why somebody has to look again; `None` where nothing was known

    @property
    def unknown(self) -> bool:
        """Whether nothing is known."""
        return self.how == "unknown"


UNKNOWN = Known()


@dataclass(frozen=True, slots=True)
class Making:
    """The way of a field's change at a vendor."""

    via: str  # `api` or `person`
    proof: str  # of a person's change: `observed`, `count`, `url`, `text`, or `word`
    minutes: int  # about as long as a person takes


@dataclass(frozen=True, slots=True)
class Upstream:
    """The vendor at which the settings and people of a workspace live."""

    vendor: str
    account: str  # the vendor's id of the workspace
    observed_at: str  # ISO 8601 in UTC
    known: Mapping[str, Mapping[str, Known]]  # by address and field; what is missing is unknown
    mirror: Mapping[str, Any]  # the progress of mirroring its people, as the workspace words it
    # the beginning of an address, a field, and the way of its change
    capabilities: tuple[tuple[str, str, Making], ...] = ()
    waiting: tuple[Mapping[str, Any], ...] = ()  # the applies that wait for a person, as the workspace words them

    def making(self, address: str, field: str) -> Making | None:
        """Return the way of a field's change; `None` where the vendor has no such field."""
        fitting = [
            (prefix, made)
            for prefix, name, made in self.capabilities
            if name in (field, "*") and (address == prefix or address.startswith(f"{prefix}/"))
        ]
        return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else None


@dataclass(frozen=True, slots=True)
class Record:
    """The record of the last apply, kept in the workspace."""

    revision: int
    digest: str
    values: Mapping[str, Mapping[str, Any]]  # by address and field
    commit: str | None
    base: Mapping[str, Any] | None  # before overrides, `digest` and `document`; `None` where not whole, or not kept
    applied_at: str  # ISO 8601 in UTC
    applied_by: str
    verification: Mapping[str, Any] | None  # the newest, as the workspace words it; `None` for none


@dataclass(frozen=True, slots=True)
class Other:
    """The record of another configuration: its last apply, ISO 8601 in UTC, and its fields by address."""

    name: str
    help_center: str
    applied_at: str
    applied_by: str
    manages: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class OtherConfigurations:
    """Other configurations of the observed resources."""

    # by resource; the configuration itself may be among them
    by_address: Mapping[str, Sequence[Other]] = field(default_factory=dict)
    own: str = ""
    more: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)  # the fields of those not told

    def of(self, address: str) -> Sequence[Other]:
        """Return the other configurations that manage a resource."""
        return [other for other in self.by_address.get(address, ()) if other.name != self.own]

    def are_more(self, address: str, fields: Iterable[str]) -> bool:
        """Tell whether more configurations than these manage one of some fields of a resource."""
        return any(not managed.isdisjoint(fields) for managed in map(set, self.more.get(address, ())))


@dataclass(frozen=True, slots=True)
class State:
    """One consistent observation of a workspace and one of its Help Centers."""

    workspace: str
    workspace_name: str
    revision: int
    help_center: str
    resources: Mapping[str, Resource]
    site: Mapping[str, Any]
    profile: str
    record: Record | None
    live: tuple[LiveField, ...] = ()  # every field of the answer, unknown ones included
    others: OtherConfigurations = field(default_factory=OtherConfigurations)
    lease: Mapping[str, Any] | None = None  # of a running apply of the same configuration
    unfinished: Mapping[str, Any] | None = None  # the receipt of an apply that never ended
    moment: str = ""  # the workspace's lineage, this revision, and a mark that no other history has
    site_revision: int = 0  # goes up with each change of the site's facts
    upstream: Upstream | None = None  # `None` where all of it lives in the workspace itself

    def known(self, address: str, field: str) -> Known | None:
        """Return how a field's value is known; `None` where it lives in the workspace itself."""
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
        """Return the fields last applied to `address`; empty where there were none."""
        return self.record.values.get(address, {}) if self.record else {}

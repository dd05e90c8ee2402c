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
    """The evidence behind one live value of a vendor's; `as_of` is ISO 8601 in UTC.

    Attributes:
        how: `observed`, `sampled`, `attested`, `assumed`, or `unknown`.
        one_of: The possible values, where it is not known exactly.
        doubt: Why somebody has to look again; `None` where nothing was known.
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
    """The way of a field's change at a vendor: `api` or `person`.

    A person's change is proven as `observed`, `count`, `url`, `text`, or `word`, and takes about that many minutes.
    """

    via: str
    proof: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Upstream:
    """The vendor at which the settings and people of a workspace live.

    Attributes:
        account: The vendor's id of the workspace.
        observed_at: The last observation, ISO 8601 in UTC.
        known: How each value is known, by address and field; what is missing is unknown.
        mirror: The progress of mirroring its people, as the workspace words it.
        capabilities: The way of each field's change there: the beginning of an address, a field, and the way.
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
        """Return the way of a field's change; `None` where the vendor has no such field."""
        fitting = [
            (prefix, made)
            for prefix, name, made in self.capabilities
            if name in (field, "*") and (address == prefix or address.startswith(f"{prefix}/"))
        ]
        return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else None


@dataclass(frozen=True, slots=True)
class Record:
    """The record of the last apply, kept in the workspace.

    Attributes:
        values: Field values by address and field.
        base: The configuration before overrides, `digest` and `document`; `None` where it is no whole, or where
            it was applied by a version that did not keep it.
        applied_at: ISO 8601 in UTC.
        verification: The newest verification, as the workspace words it; `None` for none.
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
    """The record of another configuration: its last apply, ISO 8601 in UTC, and its fields by address."""

    name: str
    help_center: str
    applied_at: str
    applied_by: str
    manages: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class OtherConfigurations:
    """Other configurations of the observed resources.

    Attributes:
        by_address: The managing configurations by resource; the configuration itself may be among them.
        more: Resources with more managing configurations than were told; each with the fields, as often as
            there are such sets of them.
    """

    by_address: Mapping[str, Sequence[Other]] = field(default_factory=dict)
    own: str = ""
    more: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)

    def of(self, address: str) -> Sequence[Other]:
        """Return the other configurations that manage a resource."""
        return [other for other in self.by_address.get(address, ()) if other.name != self.own]

    def are_more(self, address: str, fields: Iterable[str]) -> bool:
        """Tell whether more configurations than these manage one of some fields of a resource."""
        return any(not managed.isdisjoint(fields) for managed in map(set, self.more.get(address, ())))


@dataclass(frozen=True, slots=True)
class State:
    """One consistent observation of a workspace and one of its Help Centers.

    Attributes:
        moment: The workspace's lineage, this revision, and a mark that no other history has.
        site_revision: Goes up with each change of the site's facts.
        lease: The lease of a running apply of the same configuration.
        unfinished: The receipt of an apply that never ended.
        live: Every field of the answer, unknown ones included.
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

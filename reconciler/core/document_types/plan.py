"""The plan document (`schemas/plan.schema.json`), as types. Long because it mirrors one schema."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Source(TypedDict):
    """A place in a configuration file."""

    file: str
    line: int
    column: int
    text: str


class Diagnostic(TypedDict):
    """A diagnostic."""

    code: str
    severity: str
    summary: str
    remedy: str
    address: str
    source: Source | None


class Author(TypedDict):
    """The author of a change, with its time and means."""

    by: str
    at: str
    via: str
    reason: NotRequired[str]


class DriftFinding(TypedDict):
    """A managed field that somebody else changed."""

    address: str
    field: str
    origin: str
    recorded: Any
    live: Any
    by: Author | None
    source: Source | None


class IgnoreRule(TypedDict):
    """An ignore rule of the file."""

    address: str
    field: str | None
    reason: str
    owner: str
    until: str
    differences: int
    source: Source | None


class CoverageField(TypedDict):
    """A live field unknown to this version."""

    address: str
    field: str
    status: str


class Coverage(TypedDict):
    """Live fields, counted by status."""

    total: int
    declared: int
    ignored: int
    unmanaged: int
    unknown: int
    fields: list[CoverageField]


class Sample(TypedDict):
    """A number of people or companies, and the first few."""

    count: int
    sample: list[str]
    digest: NotRequired[str]


class FailedPlan(TypedDict):
    """A plan that could not be made, with the reasons."""

    format_version: str
    kind: Literal["plan"]
    generator: str
    created_at: str
    file: str | None
    environment: str | None
    outcome: Literal["failed"]
    changes: list[Any]
    diagnostics: list[Diagnostic]


class Section(TypedDict):
    """A section of a homepage."""

    type: str
    settings: dict[str, Any]


class HomepageSide(TypedDict):
    """A homepage, before or after."""

    live: bool
    admits: bool
    sections: list[Section]


class Collection(TypedDict):
    """A collection of articles."""

    name: str
    description: str
    size: int


class FeaturedArticle(TypedDict):
    """A featured article."""

    title: str
    collection: str


class Announcement(TypedDict):
    """An announcement."""

    title: str
    updated_at: str


class HomepageContent(TypedDict):
    """The articles and collections that a homepage shows."""

    name: str
    collections: list[Collection]
    featured: list[FeaturedArticle]
    announced: list[Announcement]


class Pages(TypedDict):
    """The homepage before and after."""

    before: HomepageSide
    after: HomepageSide
    content: HomepageContent


class Configuration(TypedDict):
    """A configuration."""

    name: str
    file: str
    digest: str
    commit: str | None


class Workspace(TypedDict):
    """A workspace."""

    id: str
    name: str
    target: str
    help_center: str
    revision: int
    moment: NotRequired[str]


class Portal(TypedDict):
    """A portal."""

    enabled: bool
    url: str | None


class Views(TypedDict):
    """The access settings before and after."""

    before: dict[str, Any]
    after: dict[str, Any]


class Guard(TypedDict):
    """A guard."""

    name: str
    risk: str
    holds: bool
    allowed: bool
    blocks: bool
    summary: str
    key: str
    limit: int | str | None


class RecordPart(TypedDict):
    """The record before and after the plan."""

    revision: int | None
    stale: bool
    before: Recorded | None
    after: Recorded


class SimulationStep(TypedDict):
    """A simulation step."""

    id: str
    outcome: str
    can_open: int
    more_than_before: int
    more_than_after: int


class Simulation(TypedDict):
    """A simulation."""

    outcome: str
    moments: list[SimulationStep]


class KnownValue(TypedDict):
    """The evidence behind a live value, where the settings live at a vendor."""

    how: Literal["observed", "sampled", "attested", "assumed", "unknown"]
    as_of: str | None
    by: str | None
    until: str | None
    evidence: str | None
    one_of: list[Any]
    doubt: NotRequired[str | None]


class NotObserved(TypedDict):
    """A managed field that the vendor's API does not tell."""

    address: str
    field: str
    how: str
    until: str | None


class KnownFields(TypedDict):
    """How the fields that the file manages are known."""

    managed: int
    observed: int
    sampled: int
    attested: int
    assumed: int
    unknown: int
    oldest_word: str | None
    not_observed: list[NotObserved]


class Upstream(TypedDict):
    """The vendor at which the settings and people live."""

    vendor: str
    account: str
    observed_at: str
    fields: KnownFields
    mirror: dict[str, Any]


class AttestationPolicy(TypedDict):
    """The attestations that an environment accepts, and their validity."""

    valid_for: int
    two_people_for: list[str]
    not_the_author: bool


class PlanDocument(TypedDict):
    """A plan."""

    upstream: NotRequired[Upstream]
    attestations: NotRequired[AttestationPolicy]
    format_version: str
    kind: Literal["plan"]
    generator: str
    created_at: str
    purpose: str
    undoes: str | None
    configuration: Configuration
    environment: str | None
    workspace: Workspace
    revisions: dict[str, int]
    outcome: Literal["no_changes", "changes", "blocked"]
    changes: list[Change]
    way_back: list[RollbackStep]
    drift: list[DriftFinding]
    prerequisites: list[Prerequisite]
    portal: Portal
    pages: Pages | None
    access: Access | None
    views: Views
    expectations: list[Expectation]
    guards: list[Guard]
    approvals: NotRequired[Literal["others", "anyone"]]
    policies: NotRequired[list[str]]
    ignored: list[IgnoreRule]
    coverage: Coverage
    managed: dict[str, list[str]]
    record: RecordPart
    simulation: Simulation | None
    promotion: Promotion | None
    diagnostics: list[Diagnostic]
    digest: str


class Change(TypedDict):
    """A change."""

    id: str
    address: str
    title: str
    action: str
    reason: str
    fields: list[ChangedField]
    risks: list[str]
    revision: int | None
    needs: list[str]
    operations: list[Operation]
    via: NotRequired[Literal["api", "person"]]
    proof: NotRequired[Literal["observed", "count", "url", "text", "word"]]
    minutes: NotRequired[int]


class FieldDetail(TypedDict):
    """One part of a changed field."""

    path: list[str | int]
    before: NotRequired[Any]
    after: NotRequired[Any]


class ChangedField(TypedDict):
    """A changed field."""

    known: NotRequired[KnownValue]
    field: str
    before: NotRequired[Any]
    recorded: NotRequired[Any]
    after: NotRequired[Any]
    declared: NotRequired[Any]
    origin: str
    details: list[FieldDetail]
    source: Source | None


class Prerequisite(TypedDict):
    """A prerequisite."""

    id: str
    title: str
    required: bool
    status: str
    known: str
    found: str
    remedy: str


class Access(TypedDict):
    """The people who gain and lose access."""

    people: int
    before: AccessCount
    after: AccessCount
    gained: Sample
    lost: Sample
    sees_more: Sample
    sees_less: Sample
    without_company: Sample
    companies_gained: Sample
    companies_lost: Sample
    everybody: NotRequired[list[ChangedPerson]]


class DecidingCondition(TypedDict):
    """A condition that decides about a person."""

    condition: str
    holds: bool


class ChangedPerson(TypedDict):
    """One person who gains or loses access."""

    change: Literal["gained", "lost", "sees_more", "sees_less"]
    id: str
    email: str | None
    name: str | None
    external_id: str | None
    companies: list[str]
    company: str | None
    why: str
    because: list[DecidingCondition]


class AccessCount(TypedDict):
    """The number of people with access."""

    count: int
    own_only: int


class Operation(TypedDict):
    """One request that changes something."""

    method: str
    path: str
    precondition: str
    body: dict[str, Any]


class RecordedBase(TypedDict):
    """The configuration before overrides."""

    digest: str
    document: dict[str, Any]


class Recorded(TypedDict):
    """The values last applied."""

    digest: str
    values: dict[str, dict[str, Any]]
    commit: str | None
    base: RecordedBase | None


class RollbackStep(TypedDict):
    """The rollback of one object."""

    address: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    operations: list[Operation]
    aside: bool


class Expectation(TypedDict):
    """An expectation."""

    person: str
    ability: str
    wanted: bool
    holds: bool
    reason: str


class PromotionOrigin(TypedDict):
    """A promotion origin."""

    environment: str
    workspace: str
    name: str
    target: str
    help_center: str


class Waiver(TypedDict):
    """A waiver."""

    by: str
    reason: str


class PromotionCondition(TypedDict):
    """A promotion condition."""

    name: str
    status: str
    summary: str
    remedy: str
    waiver: Waiver | None


class PromotionField(TypedDict):
    """A field in both environments."""

    address: str
    field: str
    proven: NotRequired[Any]
    live: NotRequired[Any]
    desired: NotRequired[Any]
    overridden: list[str]
    changes: bool
    differs: bool


Promotion = TypedDict(
    "Promotion",
    {
        "from": PromotionOrigin,
        "receipt": str,
        "digest": str,
        "commit": str | None,
        "since": str,
        "conditions": list[PromotionCondition],
        "fields": list[PromotionField],
        "left": list[str],
    },
)
"""A promotion."""

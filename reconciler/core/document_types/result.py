"""Result documents (`schemas/result.schema.json`), as types. Long because it mirrors one schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict

if TYPE_CHECKING:
    from reconciler.core.document_types.plan import (
        Access,
        ChangedPerson,
        Configuration,
        Coverage,
        Diagnostic,
        DriftFinding,
        Expectation,
        IgnoreRule,
        PlanDocument,
        Upstream,
    )


class ChangeResult(TypedDict):
    """The outcome of one change."""

    id: str
    address: str
    title: str
    outcome: str
    reason: str


class PortalResult(TypedDict):
    """The portal after an apply."""

    url: str | None
    effective: bool


class Task(TypedDict):
    """A person's work on one screen of the vendor, as the workspace words it."""

    id: str
    state: Literal["open", "done", "contradicted", "abandoned"]
    address: str
    fields: list[str]
    receipt: str | None
    screen: dict[str, Any]
    reason: dict[str, Any] | None
    before: dict[str, Any]
    after: dict[str, Any]
    policy: dict[str, Any]
    confirmations: list[dict[str, Any]]
    why: str | None


class AnsweredTask(TypedDict):
    """One task after its answer."""

    format_version: str
    kind: Literal["task"]
    generator: str
    outcome: Literal["open", "done", "contradicted", "abandoned"]
    task: Task
    diagnostics: list[Diagnostic]


class TaskList(TypedDict):
    """The tasks for a person."""

    format_version: str
    kind: Literal["tasks"]
    generator: str
    outcome: Literal["waiting", "nothing_to_do"]
    created_at: str
    configuration: str
    environment: str | None
    workspace: str
    tasks: list[Task]
    diagnostics: list[Diagnostic]


class ApplyDocument(TypedDict):
    """The result of an apply."""

    format_version: str
    kind: Literal["apply"]
    generator: str
    outcome: Literal[
        "applied", "nothing_to_do", "applied_in_part", "failed", "interrupted", "waiting", "blocked", "declined"
    ]
    plan: PlanDocument
    receipt: str | None
    changes: list[ChangeResult]
    conflicts: list[Conflict]
    expectations: list[Expectation]
    converged: bool | None
    portal: PortalResult | None
    task: NotRequired[Task]
    next: list[str]
    diagnostics: list[Diagnostic]


class HelpCenterPlace(TypedDict):
    """A workspace and its Help Center."""

    id: str
    name: str
    target: str
    help_center: str


class Doubt(TypedDict):
    """A field that somebody has to look at again."""

    address: str
    field: str
    doubt: Literal["suspect", "expired"]
    why: str
    by: str | None
    as_of: str | None
    until: str | None


class DriftDocument(TypedDict):
    """Drift since the last apply."""

    format_version: str
    kind: Literal["drift"]
    generator: str
    outcome: Literal["drift", "look_again", "no_drift", "never_applied"]
    upstream: NotRequired[Upstream]
    doubts: NotRequired[list[Doubt]]
    created_at: str
    configuration: Configuration
    environment: str | None
    workspace: HelpCenterPlace
    access: Access | None
    findings: list[DriftFinding]
    degraded: list[Diagnostic]
    pending: list[str]
    coverage: Coverage
    ignored: list[IgnoreRule]
    diagnostics: list[Diagnostic]
    agreed: list[str]


class StatusConfiguration(TypedDict):
    """The configuration of the portal."""

    name: str
    file: str
    commit: str | None


class PortalStatus(TypedDict):
    """The portal as it is now."""

    enabled: bool
    open: bool
    url: str | None
    can_open: int
    people: int


class MissingSetting(TypedDict):
    """A required setting that is not met now."""

    title: str
    found: str
    remedy: str


class LastApply(TypedDict):
    """The newest receipt."""

    receipt: str
    outcome: str
    by: str
    at: str
    commit: str | None


class LockHolder(TypedDict):
    """The holder of the lock."""

    holder: str
    since: str


class WaitingApply(TypedDict):
    """An apply that waits for a person, with its newest task."""

    task: str
    state: str
    receipt: str | None
    configuration: str | None
    by: str
    since: str
    addresses: list[str]


class StatusDocument(TypedDict):
    """The status of a portal."""

    format_version: str
    kind: Literal["status"]
    generator: str
    outcome: Literal["in_order", "attention"]
    configuration: StatusConfiguration
    environment: str | None
    workspace: HelpCenterPlace
    portal: PortalStatus
    missing: list[MissingSetting]
    last_apply: LastApply | None
    drift: int
    pending: int
    verified: dict[str, Any] | None
    lock: LockHolder | None
    waiting: list[WaitingApply]
    diagnostics: list[Diagnostic]


class PreviewDocument(TypedDict):
    """The people who match an audience."""

    format_version: str
    kind: Literal["preview"]
    generator: str
    outcome: Literal["done"]
    audience: str | dict[str, Any]
    count: int
    people: list[Person]
    page: int
    per_page: int
    total_pages: int
    diagnostics: list[Diagnostic]


class AccessDiffDocument(TypedDict):
    """Everybody who gains or loses access."""

    people: list[ChangedPerson]
    counts: ChangedCounts
    format_version: str
    kind: Literal["access_diff"]
    generator: str
    outcome: Literal["done", "failed"]
    configuration: NamedConfiguration
    environment: str | None
    workspace: HelpCenterPlace
    diagnostics: list[Diagnostic]


class ChangedCounts(TypedDict):
    """The number of people of each change."""

    gained: int
    lost: int
    sees_more: int
    sees_less: int


class CiCheck(TypedDict):
    """One requirement of a build."""

    what: str
    outcome: Literal["ok", "missing", "warning"]
    said: str
    remedy: str


class CiCheckDocument(TypedDict):
    """The check of a build."""

    format_version: str
    kind: Literal["ci_check"]
    generator: str
    outcome: Literal["in_order", "incomplete"]
    forge: str
    checks: list[CiCheck]
    diagnostics: list[Diagnostic]


class Abilities(TypedDict):
    """The abilities of a person."""

    open_portal: bool
    see_card: bool
    see_company_tickets: bool


class ExplanationDocument(TypedDict):
    """The reasons for or against access of a person."""

    format_version: str
    kind: Literal["explanation"]
    generator: str
    outcome: Literal["done"]
    live: bool
    open: bool
    audience: str
    person: Person
    in_audience: bool
    can: Abilities
    granted: list[str]
    explanation: dict[str, Any] | None
    diagnostics: list[Diagnostic]


class FailedResult(TypedDict):
    """A command without a result, with the reasons."""

    format_version: str
    kind: Literal[
        "drift",
        "adoption",
        "preview",
        "explanation",
        "verify",
        "history",
        "receipt",
        "unlock",
        "publication",
        "fetched",
        "resolved",
        "access_diff",
        "ci_check",
    ]
    generator: str
    outcome: Literal["failed"]
    diagnostics: list[Diagnostic]


class Person(TypedDict):
    """A person."""

    id: str
    email: str | None
    name: str | None
    external_id: str | None
    companies: list[str]


class NamedConfiguration(TypedDict):
    """A configuration by name and file."""

    name: str
    file: str


class VerifiedPlace(TypedDict):
    """The verified Help Center."""

    target: str
    help_center: str


class Counts(TypedDict):
    """Checks, counted by outcome."""

    passed: int
    failed: int
    skipped: int


class Check(TypedDict):
    """One check of a verification."""

    person: str | None
    step: str
    outcome: str
    known: str
    said: str


class VerifyDocument(TypedDict):
    """The result of a verification."""

    format_version: str
    kind: Literal["verify"]
    generator: str
    outcome: Literal["passed", "failed_checks"]
    configuration: NamedConfiguration
    workspace: VerifiedPlace
    counts: Counts
    noted: bool
    checks: list[Check]
    diagnostics: list[Diagnostic]


class Conflict(TypedDict):
    """An edit that conflicts with the plan."""

    address: str
    part: str
    base: Any
    ours: Any
    theirs: Any
    by: str
    at: str
    via: str


class PromotedFrom(TypedDict):
    """The receipt that was promoted."""

    environment: str
    workspace: str
    receipt: str
    digest: str


class ReceiptSummary(TypedDict):
    """A receipt without its plan."""

    id: str
    configuration: str
    help_center: str
    action: str
    environment: str | None
    plan_digest: str
    configuration_digest: str
    commit: str | None
    holder: str
    by: str
    generator: str
    undoes: str | None
    undone_by: str | None
    promotes: PromotedFrom | None
    message: NotRequired[str | None]
    outcome: str
    started_at: str
    finished_at: str | None
    counts: dict[str, Any]
    steps_done: int
    fence: int


class BrokenLog(TypedDict):
    """The first break of the log's chain."""

    id: str | None
    resource: str | None
    why: Literal["changed", "not_in_line", "end_missing"]


class CheckedLog(TypedDict):
    """The check of the log's chain."""

    entries: int
    erased: int
    link: str
    broken: BrokenLog | None


class HistoryDocument(TypedDict):
    """A page of receipts."""

    format_version: str
    kind: Literal["history"]
    generator: str
    outcome: Literal["done"]
    configuration: str
    workspace: str
    receipts: list[ReceiptSummary]
    more: bool
    log: CheckedLog | None
    diagnostics: list[Diagnostic]


class ReceiptDocument(TypedDict):
    """A receipt, whole."""

    format_version: str
    kind: Literal["receipt"]
    generator: str
    outcome: Literal["done"]
    workspace: str
    receipt: Any
    diagnostics: list[Diagnostic]


class UnlockDocument(TypedDict):
    """The lock of a configuration."""

    format_version: str
    kind: Literal["unlock"]
    generator: str
    outcome: Literal["not_locked", "locked", "unlocked"]
    configuration: str
    lease: dict[str, Any] | None
    diagnostics: list[Diagnostic]


class AdoptionDocument(TypedDict):
    """Drift that was written into files."""

    format_version: str
    kind: Literal["adoption"]
    generator: str
    outcome: Literal["adopted", "nothing_to_adopt"]
    configuration: NamedConfiguration
    workspace: HelpCenterPlace
    adopted: list[DriftFinding]
    left: list[DriftFinding]
    declared: list[str]
    written: list[str]
    difference: str
    diagnostics: list[Diagnostic]


class PublicationDocument(TypedDict):
    """A published comment or issue."""

    format_version: str
    kind: Literal["publication"]
    generator: str
    outcome: Literal["created", "updated", "unchanged", "closed", "nothing"]
    forge: str
    what: str
    number: int | None
    url: str
    diagnostics: list[Diagnostic]


class FetchDocument(TypedDict):
    """A plan that was reviewed with a pull request."""

    format_version: str
    kind: Literal["fetched"]
    generator: str
    outcome: Literal["reviewed", "no_changes"]
    forge: str
    number: int
    plan_digest: str
    diagnostics: list[Diagnostic]


class ExplainedCode(TypedDict):
    """An explained code."""

    code: str
    meaning: str
    why: str
    remedy: str
    bad: str
    good: str
    see: list[str]


class CodesDocument(TypedDict):
    """Codes with their meanings and remedies."""

    format_version: str
    kind: Literal["codes"]
    generator: str
    outcome: Literal["done"]
    codes: list[ExplainedCode]
    diagnostics: list[Diagnostic]


class ResolvedConfiguration(TypedDict):
    """A resolved configuration."""

    name: str
    file: str
    digest: str
    environment: str | None


ValueOrigin = TypedDict(
    "ValueOrigin",
    {
        "file": str,
        "line": int,
        "column": int,
        "from": str,
    },
)
"""The origin of a value."""


class ResolvedDocument(TypedDict):
    """The values of a file in one environment."""

    format_version: str
    kind: Literal["resolved"]
    generator: str
    outcome: Literal["resolved"]
    configuration: ResolvedConfiguration
    values: dict[str, Any]
    origins: dict[str, ValueOrigin]
    diagnostics: list[Diagnostic]

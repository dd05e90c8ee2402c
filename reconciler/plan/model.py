"""The plan: changes, effects and risks. Long because a plan is one value, of which everything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from reconciler.config.desired import Attestations
    from reconciler.core.diagnostics import Diagnostic, Source
    from reconciler.kinds.base import Operation
    from reconciler.kinds.state import Making
    from reconciler.plan.checks.expectations import Verdict
    from reconciler.plan.checks.guards import GuardResult, Risk
    from reconciler.plan.compare.coverage import Coverage
    from reconciler.plan.compare.diff import FieldChange, Origin
    from reconciler.plan.compare.knowledge import Knowledge
    from reconciler.plan.effect.homepage_preview import Pages
    from reconciler.plan.effect.impact import AccessView, Impact
    from reconciler.plan.effect.prerequisites import Prerequisite
    from reconciler.plan.effect.rollback import Rollback


PARTIAL_DIGEST = ""
"""In place of a digest, in the record of a partial apply or an undo."""


class Action(StrEnum):
    """The effect of a change on a resource; only an undo deletes one."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Purpose(StrEnum):
    """The purpose of a plan."""

    APPLY = "apply"
    """To make the workspace match the configuration."""
    REVERT = "revert"
    """To put back what somebody else changed since the last apply."""
    UNDO = "undo"
    """To take back one apply."""


@dataclass(frozen=True, slots=True)
class Change:
    """One resource to create or update."""

    id: str  # its place in the plan, from 1
    address: str
    title: str
    action: Action
    fields: tuple[FieldChange, ...]
    sources: Mapping[str, Source]
    risks: tuple[Risk, ...]
    operations: tuple[Operation, ...]
    revision: int | None  # the resource's at planning; `None` where it does not exist
    needs: tuple[str, ...]  # changes that must be made before
    reason: str = ""  # the purpose of a change that only keeps access closed for a while
    making: Making | None = None  # how it is made and proven, for a vendor's settings


@dataclass(frozen=True, slots=True)
class Attribution:
    """The author of a change, its time (ISO 8601, UTC), its means, and its reason where given."""

    by: str
    at: str
    via: str
    reason: str | None = None

    @classmethod
    def of(cls, log: Iterable[Mapping[str, Any]], names: Collection[str] | None = None) -> Attribution | None:
        """Return the author of the last change in a log, newest first, of any field, or one of `names` in the log."""
        entries = (entry for entry in log if names is None or not entry["changes"].keys().isdisjoint(names))
        return next(
            (cls(entry["by"]["name"], entry["at"], entry["via"], entry.get("reason")) for entry in entries), None
        )

    def __str__(self) -> str:
        return f"{self.by} at {self.at} via {self.via}"

    def document(self) -> dict[str, str]:
        """Write the attribution; a reason only where there is one."""
        reason = {} if self.reason is None else {"reason": self.reason}
        return {"by": self.by, "at": self.at, "via": self.via, **reason}


@dataclass(frozen=True, slots=True)
class Drift:
    """A managed field that somebody else changed; `origin` is `conflict` where the file changed it too."""

    address: str
    field: str
    recorded: Any
    live: Any
    origin: Origin
    attribution: Attribution | None
    source: Source | None


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """An ignore rule of the file, and the number of differing fields that it hides; `until` is a day, ISO 8601."""

    address: str
    field: str | None
    reason: str
    owner: str
    until: str
    differences: int
    source: Source


@dataclass(frozen=True, slots=True)
class RecordedState:
    """The record of a workspace."""

    digest: str = PARTIAL_DIGEST  # of the configuration; `PARTIAL_DIGEST` after a partial apply or an undo
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # managed fields in declared form, by address
    base: Mapping[str, Any] | None = None  # before overrides, `digest` and `document`; `None` where not whole
    commit: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan with its inputs, effects, risks and diagnostics; errors block it."""

    purpose: Purpose
    undoes: str | None  # the receipt of the apply to undo
    name: str
    file: str
    digest: str  # of the configuration's meaning
    commit: str | None
    environment: str | None
    workspace: str
    workspace_name: str
    target: str  # its URL, or the embedded database
    help_center: str
    created_at: str  # ISO 8601, UTC
    revision: int
    moment: str  # of the workspace: its lineage, the revision, and a mark
    revisions: Mapping[str, int]
    changes: tuple[Change, ...]
    rollbacks: tuple[Rollback, ...]
    views: tuple[AccessView, AccessView]
    managed: Mapping[str, tuple[str, ...]]  # the names of managed fields, by address
    drift: tuple[Drift, ...]
    prerequisites: tuple[Prerequisite, ...]
    portal_enabled: bool
    portal_url: str | None
    pages: Pages | None  # the homepage before and after; `None` where it stays
    impact: Impact | None  # `None` where access does not change
    expectations: tuple[Verdict, ...]
    guards: tuple[GuardResult, ...]
    ignored: tuple[IgnoreRule, ...]
    coverage: Coverage
    record_revision: int | None  # `None` where nothing was ever applied
    recorded: RecordedState
    to_record: RecordedState
    diagnostics: tuple[Diagnostic, ...]
    approvals: str = "others"  # whose label counts for a guard: `others` than its author, or `anyone`
    knowledge: Knowledge | None = None
    attestations: Attestations | None = None  # who may confirm a person's changes, where the environment says so

    @property
    def empty(self) -> bool:
        """Whether the workspace matches the configuration."""
        return not self.changes

    @property
    def blockers(self) -> tuple[Diagnostic, ...]:
        """The errors that block the plan."""
        return tuple(diagnostic for diagnostic in self.diagnostics if diagnostic.severity is Severity.ERROR)

    @property
    def blocked(self) -> bool:
        """Whether the plan is blocked."""
        return bool(self.blockers)

    @property
    def record_is_stale(self) -> bool:
        """Whether the record will change."""
        return self.to_record != self.recorded


@dataclass(frozen=True, slots=True)
class SimulationStep:
    """The access after one simulated change, in numbers of people: all, and more than before or after the plan."""

    id: str
    outcome: str
    can_open: int
    more_than_before: int
    more_than_after: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """The result of a simulation: an apply's outcome, the access after each change, and why it would fail."""

    outcome: str
    moments: tuple[SimulationStep, ...]
    diagnostics: tuple[Diagnostic, ...]

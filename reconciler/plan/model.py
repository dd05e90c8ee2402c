"""The plan: what would be done, why, and whether it may be. It answers for itself.

Long because a plan is one value, of which everything is drawn.
"""

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
"""In place of a digest, in the record of what is no configuration as a whole."""


class Action(StrEnum):
    """What a change does to an object; a file never makes one go away, only an undo does."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Purpose(StrEnum):
    """What a plan is for."""

    APPLY = "apply"
    """To make the workspace what the file describes."""
    REVERT = "revert"
    """To put back what somebody else changed since the last apply."""
    UNDO = "undo"
    """To take back what one apply did."""


@dataclass(frozen=True, slots=True)
class Change:
    """One object that will be made or changed.

    Attributes:
        id: Its place in the plan, from 1.
        address: Which object.
        title: What kind of object, in words.
        action: Made or changed.
        fields: What becomes of each field.
        sources: Where the file declares each field, by field.
        risks: What it could do to people or to somebody's work.
        operations: The requests that do it, in order; nothing else is sent.
        revision: The object's revision that the plan was made from; `None` where it does not exist.
        needs: Changes that must be done before.
        reason: Why it is there, for a change that only keeps access closed for a while.
        making: How it is made and proven, where the settings live at a vendor.
    """

    id: str
    address: str
    title: str
    action: Action
    fields: tuple[FieldChange, ...]
    sources: Mapping[str, Source]
    risks: tuple[Risk, ...]
    operations: tuple[Operation, ...]
    revision: int | None
    needs: tuple[str, ...]
    reason: str = ""
    making: Making | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who changed something, when (ISO 8601, UTC), through what, and why, where they said so."""

    by: str
    at: str
    via: str
    reason: str | None = None

    @classmethod
    def of(cls, log: Iterable[Mapping[str, Any]], names: Collection[str] | None = None) -> Attribution | None:
        """Return who made the last change that a log tells of; `None` where it tells of none.

        Args:
            log: Entries of the activity log of one object, newest first.
            names: Its fields, as the log calls them, one of which was changed; `None` for any.
        """
        entries = (entry for entry in log if names is None or not entry["changes"].keys().isdisjoint(names))
        return next(
            (cls(entry["by"]["name"], entry["at"], entry["via"], entry.get("reason")) for entry in entries), None
        )

    def __str__(self) -> str:
        return f"{self.by} at {self.at} via {self.via}"

    def document(self) -> dict[str, str]:
        """Return the attribution as documents hold it; a reason only where there is one."""
        reason = {} if self.reason is None else {"reason": self.reason}
        return {"by": self.by, "at": self.at, "via": self.via, **reason}


@dataclass(frozen=True, slots=True)
class Drift:
    """A managed field that somebody else changed.

    Attributes:
        address: Which object.
        field: Which field.
        recorded: What was last applied.
        live: What it is now, in the same form.
        origin: `drift`, or `conflict` where the file changed too.
        attribution: Who changed it, where the activity log still says so.
        source: Where the file declares it.
    """

    address: str
    field: str
    recorded: Any
    live: Any
    origin: Origin
    attribution: Attribution | None
    source: Source | None


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """An ignore rule of the file, and what it hides.

    Attributes:
        address: What it leaves alone: an address, or the beginning of several before a final `*`.
        field: Which field; `None` for all of them.
        reason: Why.
        owner: Who answers for it.
        until: The last day on which it counts, ISO 8601.
        differences: How many fields it hides that are not as the file would want them.
        source: Where the file says so.
    """

    address: str
    field: str | None
    reason: str
    owner: str
    until: str
    differences: int
    source: Source


@dataclass(frozen=True, slots=True)
class RecordedState:
    """What a workspace keeps of what was last applied.

    Attributes:
        digest: Digest of the configuration; `PARTIAL_DIGEST` where it was applied in part, or was undone.
        values: Managed fields in declared form, by address.
        base: The configuration before any overrides, `digest` and `document`; `None` where it is no whole.
        commit: The commit that the configuration is from, where one is known.
    """

    digest: str = PARTIAL_DIGEST
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    base: Mapping[str, Any] | None = None
    commit: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is known about what an apply would do.

    Attributes:
        purpose: What it is for.
        undoes: The receipt of the apply that it takes back; `None` for any other purpose.
        name: Name of the configuration.
        file: The file it was read from.
        digest: Digest of its meaning.
        commit: The commit it is from, where one is known.
        environment: The environment of the file that was chosen; `None` for none.
        workspace: The workspace's own id.
        workspace_name: What people call it.
        target: Where it was reached: a URL, or the embedded database.
        help_center: Which Help Center.
        created_at: ISO 8601, UTC.
        revision: The workspace's revision when it was observed.
        moment: The moment of the workspace when it was observed: its lineage, the revision, and a mark.
        revisions: Revision of each object that was read.
        changes: What will be done, in order.
        rollbacks: What each object was, and how it could be brought back.
        views: What decides access before and after.
        managed: The names of the fields that are compared and written, by address.
        drift: Managed fields that somebody else changed.
        prerequisites: Where each required setting stands.
        portal_enabled: Whether the portal will be enabled.
        portal_url: Its address, where it is enabled now.
        pages: The homepage before and after; `None` where it stays as it is.
        impact: What it does to people; `None` where access does not change.
        expectations: What the file's expectations would find.
        guards: What the guards say.
        ignored: What the file's ignore rules hide.
        coverage: Who answers for each live field.
        record_revision: Revision of the record; `None` where nothing was ever applied.
        recorded: What the record holds.
        to_record: What it will hold.
        diagnostics: Everything that a reader should know; errors forbid the apply.
        approvals: Whose label on a pull request lets it go past a guard: `others` than its author, or `anyone`.
        knowledge: How what it manages is known, where that lives at a vendor.
        attestations: Who may confirm what a person changes, where the environment says so.
    """

    purpose: Purpose
    undoes: str | None
    name: str
    file: str
    digest: str
    commit: str | None
    environment: str | None
    workspace: str
    workspace_name: str
    target: str
    help_center: str
    created_at: str
    revision: int
    moment: str
    revisions: Mapping[str, int]
    changes: tuple[Change, ...]
    rollbacks: tuple[Rollback, ...]
    views: tuple[AccessView, AccessView]
    managed: Mapping[str, tuple[str, ...]]
    drift: tuple[Drift, ...]
    prerequisites: tuple[Prerequisite, ...]
    portal_enabled: bool
    portal_url: str | None
    pages: Pages | None
    impact: Impact | None
    expectations: tuple[Verdict, ...]
    guards: tuple[GuardResult, ...]
    ignored: tuple[IgnoreRule, ...]
    coverage: Coverage
    record_revision: int | None
    recorded: RecordedState
    to_record: RecordedState
    diagnostics: tuple[Diagnostic, ...]
    approvals: str = "others"
    knowledge: Knowledge | None = None
    attestations: Attestations | None = None

    @property
    def empty(self) -> bool:
        """Whether the workspace already is as the file wants it."""
        return not self.changes

    @property
    def blockers(self) -> tuple[Diagnostic, ...]:
        """What forbids the apply."""
        return tuple(diagnostic for diagnostic in self.diagnostics if diagnostic.severity is Severity.ERROR)

    @property
    def blocked(self) -> bool:
        """Whether the plan may not be applied."""
        return bool(self.blockers)

    @property
    def record_is_stale(self) -> bool:
        """Whether the workspace's record of what was applied will change."""
        return self.to_record != self.recorded


@dataclass(frozen=True, slots=True)
class SimulationStep:
    """How things stand after one change.

    Attributes:
        id: The change.
        outcome: What became of it.
        can_open: How many people can open the portal then.
        more_than_before: How many of them could not before the plan.
        more_than_after: How many of them will not be able to after it.
    """

    id: str
    outcome: str
    can_open: int
    more_than_before: int
    more_than_after: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """What an apply of a plan came to on a sandbox of the workspace.

    Attributes:
        outcome: As that of an apply.
        moments: How things stood after each change, in order.
        diagnostics: Why it would fail; empty where it would not.
    """

    outcome: str
    moments: tuple[SimulationStep, ...]
    diagnostics: tuple[Diagnostic, ...]

"""The result of an apply: the outcome of each change, with reasons and failures."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.core.errors import PortalError
    from reconciler.plan.document.executable import ExecutableChange


class Outcome(StrEnum):
    """The outcome of one change."""

    APPLIED = "applied"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It may have been made or not: the workspace did not answer, or refused a part of it after another part."""
    NOT_ATTEMPTED = "not_attempted"
    WAITING = "waiting"
    """A person has to make it."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event of an apply: a change begins (`outcome` is `None`) or ends; `count` includes those before a resume."""

    change: ExecutableChange
    outcome: Outcome | None
    count: int


@dataclass(slots=True)
class Result:
    """The result of an apply: reasons by the id of a change, the receipt's id, and the task that it waits for."""

    outcomes: dict[str, Outcome]
    reasons: dict[str, str] = field(default_factory=dict)
    failures: list[PortalError] = field(default_factory=list)
    remarks: list[Diagnostic] = field(default_factory=list)
    receipt: str | None = None
    interrupted: bool = False
    task: Mapping[str, Any] | None = None

    @property
    def applied(self) -> int:
        """The number of changes made."""
        return sum(outcome is Outcome.APPLIED for outcome in self.outcomes.values())

    @property
    def failure(self) -> PortalError | None:
        """The first failure; `None` for none."""
        return self.failures[0] if self.failures else None

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All diagnostics, failures and remarks."""
        return (*self.remarks, *(diagnostic for failure in self.failures for diagnostic in failure.diagnostics))

    @property
    def outcome(self) -> str:
        """The outcome as a whole."""
        if self.failures or self.interrupted:
            partly = {Outcome.APPLIED, Outcome.UNKNOWN} & set(self.outcomes.values())
            return "applied_in_part" if partly else ("interrupted" if not self.failures else "failed")
        if self.task is not None:
            return "waiting"
        return "applied" if self.receipt else "nothing_to_do"

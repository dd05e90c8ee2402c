"""Do what a plan says: its operations, in its order, and nothing else; then record it.

Every write names the revision that the plan was made from, so a change by somebody else in
between is refused by the workspace and never overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reconciler.errors import PortalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.diagnostics import Diagnostic
    from reconciler.plan import Change, Plan
    from reconciler.targets.base import Target


class Outcome(StrEnum):
    """What became of one change."""

    APPLIED = "applied"
    FAILED = "failed"
    NOT_ATTEMPTED = "not_attempted"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened during an apply: a change is begun (`outcome` is `None`) or is over."""

    change: Change
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Result:
    """What an apply came to.

    Attributes:
        outcomes: What became of each change, by its id.
        failure: What stopped it; `None` where nothing did.
    """

    outcomes: Mapping[str, Outcome]
    failure: PortalError | None

    @property
    def applied(self) -> int:
        """How many changes were made."""
        return sum(outcome is Outcome.APPLIED for outcome in self.outcomes.values())

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Why it stopped."""
        return self.failure.diagnostics if self.failure else ()


def run(plan: Plan, target: Target, tell: Callable[[Event], None]) -> Result:
    """Apply a plan and record it.

    Args:
        plan: What to do; it must not be blocked.
        target: Where.
        tell: Is told of every event as it happens.

    Returns:
        What became of each change. A failure is part of the result, not raised: what was done
        before it has to be told.
    """
    revisions: dict[str, int] = dict(plan.revisions)
    outcomes = dict.fromkeys((change.id for change in plan.changes), Outcome.NOT_ATTEMPTED)
    failure: PortalError | None = None
    for change in plan.changes:
        tell(Event(change, None))
        try:
            _perform(change, target, revisions)
        except PortalError as stopped:
            failure = stopped
            outcomes[change.id] = Outcome.FAILED
        else:
            outcomes[change.id] = Outcome.APPLIED
        tell(Event(change, outcomes[change.id]))
        if failure:
            break
    if not failure or Outcome.APPLIED in outcomes.values():
        try:
            _record(plan, target, outcomes)
        except PortalError as stopped:
            failure = failure or stopped
    return Result(outcomes, failure)


def _perform(change: Change, target: Target, revisions: dict[str, int]) -> None:
    for operation in change.operations:
        written = target.perform(operation, revisions.get(change.address))
        revisions[change.address] = written.revision
        for address, moved in written.also.items():
            # Where somebody else moved it before us, the old revision stays, and the workspace will refuse our write.
            if revisions.get(address) == moved.before:
                revisions[address] = moved.after


def _record(plan: Plan, target: Target, outcomes: Mapping[str, Outcome]) -> None:
    """Store what is now known to be as declared; what was not reached keeps what was recorded before."""
    undone = {change.address for change in plan.changes if outcomes[change.id] is not Outcome.APPLIED}
    values = {address: fields for address, fields in plan.declared.items() if address not in undone}
    for address in undone & plan.record_values.keys():
        values[address] = plan.record_values[address]
    digest = "" if undone else plan.digest
    if plan.record_revision is not None and (values, digest) == (plan.record_values, plan.record_digest):
        return
    body: dict[str, Any] = {
        "help_center": plan.help_center,
        "digest": digest,
        "values": dict(sorted(values.items())),
        "commit": plan.commit,
    }
    target.keep_record(plan.name, body, plan.record_revision)

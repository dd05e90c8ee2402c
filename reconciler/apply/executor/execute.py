"""One apply, from its lock to the end of its receipt, from a fresh observation (`rebase`).

Where a person has to make a change, its receipt stays open until another run goes on with it. Many changes are sent in
one transaction; where the workspace refuses, one by one, up to the one that cannot be made.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from reconciler.apply import lock, receipts, waiting
from reconciler.apply.executor.result import Event, Outcome, Result
from reconciler.apply.executor.writes import Writes, batches
from reconciler.apply.rebase import rebase
from reconciler.core import documents
from reconciler.core.errors import (
    Blocked,
    LookOutdated,
    NotFound,
    OutcomeUnknown,
    PortalError,
    Refused,
    Stale,
    Waiting,
)
from reconciler.plan.model import PARTIAL_DIGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.apply.lock import Lease, LockRequest
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.kinds.state import State
    from reconciler.plan.document.executable import ExecutableChange, ExecutablePlan
    from reconciler.target.protocol import Target

MANY = 20
"""The least number of requests that are sent together: few are told one by one."""
_CONCERN_ONE_CHANGE = (Stale, Blocked, Refused)
"""Failures after which changes that do not need the failed one can still be made."""


def run(
    plan: ExecutablePlan,
    target: Target,
    on_event: Callable[[Event], None],
    lock_request: LockRequest,
    *,
    check: Callable[[State], Sequence[Diagnostic]] = lambda _: (),
    should_stop: Callable[[], bool] = lambda: False,
    resumed: waiting.Resumed | None = None,
    together: bool | None = None,
) -> Result:
    """Apply a plan that is not blocked, and record it; failures are part of the result.

    `check` looks at the state before the first write: it raises a PortalError, or returns remarks.
    """
    result = Result(dict.fromkeys((change.id for change in plan.changes), Outcome.NOT_ATTEMPTED))
    if plan.nothing_to_write:
        return result
    try:
        lease = lock.take(target, plan.name, lock_request, should_stop=should_stop)
    except PortalError as stopped:
        result.failures.append(stopped)
        result.interrupted = should_stop()
        return result
    try:
        executor = _Executor(plan, target, lease, result, resumed, together=together)
        executor.perform(on_event, check, should_stop, lock_request.holder)
    except PortalError as stopped:
        result.failures.append(stopped)
    except KeyboardInterrupt:
        # What is known is told; the steps of the receipt know the rest.
        result.interrupted = True
    except Exception as fault:  # noqa: BLE001 - what was done has to be told whatever went wrong
        result.failures.append(receipts.crashed(fault))
    finally:
        _release(lease, result)
    return result


def _release(lease: Lease, result: Result) -> None:
    try:
        lease.release()
    except KeyboardInterrupt:
        # What was done is told, not lost; the lock expires.
        result.interrupted = True


class _Executor:
    """One apply under a lock."""

    _writes: Writes
    """Set once the receipt is begun."""

    def __init__(
        self,
        plan: ExecutablePlan,
        target: Target,
        lease: Lease,
        result: Result,
        resumed: waiting.Resumed | None,
        *,
        together: bool | None,
    ) -> None:
        self._plan, self._target, self._lease, self._result = plan, target, lease, result
        self._resumed = resumed
        # The changes that somebody else made meanwhile, as the plan wants them.
        self._made: frozenset[str] = frozenset()
        self._over = False
        # Whether no other change may follow, although the workspace answers.
        self._outdated = False
        several = requests(plan.document) >= MANY if together is None else together
        # Whether changes are sent together: not where a vendor has them, or a person makes some.
        self._together = several and resumed is None

    def perform(
        self,
        on_event: Callable[[Event], None],
        check: Callable[[State], Sequence[Diagnostic]],
        should_stop: Callable[[], bool],
        holder: str,
    ) -> None:
        plan, target, result = self._plan, self._target, self._result
        state = target.observe(plan.help_center, plan.name)
        if state.unfinished and not waiting.is_waiting(state, state.unfinished["id"]):
            result.remarks.append(receipts.close_unfinished(target, state.unfinished, self._lease.mark))
        if plan.empty:
            return
        waiting.refuse_held(plan, state, None if self._resumed is None else self._resumed.receipt["id"])
        begun = self._begin(state, check, holder)
        result.receipt = begun["id"]
        done = () if self._resumed is None else self._resumed.done
        try:
            self._writes = Writes(target, self._lease, begun["id"], plan, state, done=done)
            self._changes(on_event, should_stop)
            if result.task is not None:
                # Its receipt stays open: whoever goes on finds in it what is done.
                return
            if self._over:
                self._close(begun)
            else:
                self._finish(begun["id"], state.record.revision if state.record else None)
        except Exception:
            self._close(begun)
            raise

    def _begin(self, state: State, check: Callable[[State], Sequence[Diagnostic]], holder: str) -> Mapping[str, Any]:
        """Begin the receipt, or resume the open one, once nothing speaks against it."""
        plan, target = self._plan, self._target
        remarks = check(state)
        if self._resumed is not None:
            waiting.refuse_moved(self._resumed, state)
            self._result.remarks += (*remarks, waiting.remark(self._resumed))
        else:
            rebased = rebase(plan, state, target.activity)
            self._result.remarks += (*remarks, *rebased.remarks)
            self._made = frozenset(change.id for change in plan.changes if change.address in rebased.made)
        self._together &= state.upstream is None
        if self._resumed is not None:
            return self._resumed.receipt
        return target.begin_receipt(receipts.opening(plan, holder), self._lease.mark)

    def _finish(self, receipt: str, record: int | None) -> None:
        self._record(record)
        result = self._result
        finished = {
            "outcome": result.outcome,
            "changes": receipts.outcomes(self._plan.document, result.outcomes),
            "diagnostics": [documents.diagnostic(diagnostic) for diagnostic in result.diagnostics],
        }
        self._target.finish_receipt(receipt, finished, self._lease.mark)

    def _close(self, begun: Mapping[str, Any]) -> None:
        """End the receipt from its steps, where possible; else the next apply does it."""
        with suppress(Exception):
            receipts.close_unfinished(self._target, begun, self._lease.mark)

    def _changes(self, on_event: Callable[[Event], None], should_stop: Callable[[], bool]) -> None:
        result = self._result
        if self._together:
            self._changes_together(on_event, should_stop)
        for change in self._plan.changes:
            if result.outcomes[change.id] is not Outcome.NOT_ATTEMPTED:
                continue
            if result.interrupted or should_stop():
                result.interrupted = True
                result.reasons[change.id] = "the apply was interrupted"
                continue
            if change.id in self._made:
                result.reasons[change.id] = "is done already, by somebody else"
                continue
            missing = [need for need in change.needs if not self._is_so(need)]
            if result.task is not None and (missing or change.via != "api"):
                result.reasons[change.id] = f"waits for {result.task['id']}"
                continue
            if missing or self._over or self._outdated:
                result.reasons[change.id] = _reason(missing, result)
                continue
            on_event(Event(change, None, len(self._plan.changes)))
            result.outcomes[change.id] = self._change_alone(change)
            on_event(Event(change, result.outcomes[change.id], len(self._plan.changes)))

    def _changes_together(self, on_event: Callable[[Event], None], should_stop: Callable[[], bool]) -> None:
        """Make changes in batches, in order, as far as possible; the rest is made one by one."""
        for some in batches([change for change in self._plan.changes if change.id not in self._made]):
            if should_stop() or not self._all_of(some):
                return
            for change in some:
                on_event(Event(change, None, len(self._plan.changes)))
                on_event(Event(change, self._result.outcomes[change.id], len(self._plan.changes)))

    def _all_of(self, changes: Sequence[ExecutableChange]) -> bool:
        """Make changes in one transaction; tell whether it was made."""
        outcomes = self._result.outcomes
        try:
            self._writes.together(changes)
        except (*_CONCERN_ONE_CHANGE, NotFound):
            # Nothing of it was done; which change it is about is found by making one after the other.
            return False
        except (KeyboardInterrupt, Exception) as problem:  # noqa: BLE001 - as of one change
            outcome = self._failed(problem, begun=False)
            affected = changes if outcome is Outcome.UNKNOWN else changes[:1]
            outcomes.update(dict.fromkeys((change.id for change in affected), outcome))
            return False
        outcomes.update(dict.fromkeys((change.id for change in changes), Outcome.APPLIED))
        return True

    def _is_so(self, name: str) -> bool:
        """Tell whether a change is in place, whoever made it."""
        return name in self._made or self._result.outcomes[name] is Outcome.APPLIED

    def _change_alone(self, change: ExecutableChange) -> Outcome:
        begun = False
        try:
            for _ in self._writes.alone(change):
                begun = True
        except Waiting as waits:
            self._result.task = waits.task
            self._result.reasons[change.id] = f"waits for {waits.task['id']}"
            return Outcome.WAITING
        except (KeyboardInterrupt, Exception) as problem:  # noqa: BLE001 - what was done has to be told
            return self._failed(problem, begun=begun)
        return Outcome.APPLIED

    def _failed(self, problem: KeyboardInterrupt | Exception, *, begun: bool) -> Outcome:
        """Note why a write ended (`begun`: partly made), and whether others may follow; return its changes' outcome."""
        if isinstance(problem, KeyboardInterrupt):
            self._over = self._result.interrupted = True
            return Outcome.UNKNOWN
        stopped = problem if isinstance(problem, PortalError) else receipts.crashed(problem)
        self._result.failures.append(stopped)
        # Whatever else it is concerns every other change as much: no answer, no lock, no permission.
        self._over = not isinstance(problem, _CONCERN_ONE_CHANGE)
        self._outdated = isinstance(problem, LookOutdated)
        unknown = begun or stopped is not problem or isinstance(problem, OutcomeUnknown)
        return Outcome.UNKNOWN if unknown else Outcome.FAILED

    def _record(self, revision: int | None) -> None:
        """Write the record; fields not reached keep their former values."""
        record = self._plan.document["record"]
        before = record["before"]["values"] if record["before"] else {}
        undone = {change.address for change in self._plan.changes if not self._is_so(change.id)}
        values = {address: fields for address, fields in record["after"]["values"].items() if address not in undone}
        values |= {address: before[address] for address in undone & before.keys()}
        body = {
            "help_center": self._plan.help_center,
            "digest": PARTIAL_DIGEST if undone else record["after"]["digest"],
            "values": dict(sorted(values.items())),
            "commit": record["after"]["commit"],
            "base": None if undone else record["after"]["base"],
        }
        if self._result.applied or not undone:
            self._writes.record(body, revision)


def requests(plan: Mapping[str, Any]) -> int:
    """Count the requests of the changes in a plan document."""
    return sum(len(change["operations"]) for change in plan["changes"])


def _reason(missing: list[str], result: Result) -> str:
    if missing:
        return f"needs {' and '.join(missing)}, which {'was' if len(missing) == 1 else 'were'} not made"
    stopped = next(name for name, outcome in result.outcomes.items() if outcome in (Outcome.FAILED, Outcome.UNKNOWN))
    return f"stopped after {stopped}"

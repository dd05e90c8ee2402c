"""Execute a plan: its operations, in order, and nothing else; then record it.

It runs under a lock (`lock`), from a fresh observation (`rebase`), and with a receipt in the workspace. Every write
names the revision it was made from and those of the plan's basis, the lock, and its step in the receipt: a change by
somebody else in between is refused and never overwritten, a write whose answer was lost can be asked for again without
being done again, and a run that dies leaves behind what it had done. Where a person has to make a change, it stops, and
its receipt stays open until another run goes on with it.

Many changes are sent together: the workspace makes them in one transaction, all or none. Where it refuses, they are
made one by one, as few are, up to the one that cannot be made.

Long because one apply is told here from its lock to the end of its receipt.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reconciler.apply import lock, receipts, waiting
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
from reconciler.plan.document import basis
from reconciler.plan.model import PARTIAL_DIGEST
from reconciler.target.protocol import NamedStep, WriteContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.apply.lock import Lease, LockRequest
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.kinds.state import State
    from reconciler.plan.document.executable import ExecutablePlan, Step
    from reconciler.target.protocol import Target, WriteResult

MANY = 20
"""The least number of requests that are sent together: few are told one by one."""
MOST_TOGETHER = 250
"""The most requests in one transaction: nobody else can write meanwhile."""
_CONCERN_ONE_CHANGE = (Stale, Blocked, Refused)
"""Failures after which changes that do not need the failed one can still be made."""


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

    order: Step
    outcome: Outcome | None
    count: int


@dataclass(slots=True)
class Result:
    """The result of an apply.

    Attributes:
        outcomes: By the id of the change.
        reasons: Why a change was not attempted, by its id.
        failures: In order.
        receipt: Its id; `None` where nothing was begun.
        interrupted: Whether it was told to stop.
        task: The task for a person that it waits for; `None` for none.
    """

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


def run(
    plan: ExecutablePlan,
    target: Target,
    tell: Callable[[Event], None],
    terms: LockRequest,
    *,
    check: Callable[[State], Sequence[Diagnostic]] = lambda _: (),
    stop: Callable[[], bool] = lambda: False,
    resumed: waiting.Resumed | None = None,
    together: bool = True,
) -> Result:
    """Apply a plan and record it.

    Args:
        plan: Must not be blocked.
        tell: Receives every event.
        check: Checks the current state before the first write; raises a PortalError, or returns remarks.
        stop: Asked before each change.
        resumed: The waiting apply that goes on, where it is that one.
        together: Whether changes may be sent together.

    Returns:
        The outcome of each change. A failure is part of the result, not raised: what was done
        before it has to be told.
    """
    result = Result(dict.fromkeys((order.id for order in plan.orders), Outcome.NOT_ATTEMPTED))
    if plan.idle:
        return result
    try:
        lease = lock.take(target, plan.name, terms, stop=stop)
    except PortalError as stopped:
        result.failures.append(stopped)
        result.interrupted = stop()
        return result
    try:
        _Executor(plan, target, lease, result, resumed, together=together).perform(tell, check, stop, terms.holder)
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

    def __init__(
        self,
        plan: ExecutablePlan,
        target: Target,
        lease: Lease,
        result: Result,
        resumed: waiting.Resumed | None,
        *,
        together: bool,
    ) -> None:
        self._plan, self._target, self._lease, self._result = plan, target, lease, result
        self._resumed = resumed
        self._revisions: dict[str, int] = {}
        self._decided_on: frozenset[str] = frozenset()
        # The changes that somebody else made meanwhile, as the plan wants them.
        self._made: frozenset[str] = frozenset()
        self._over = False
        # Whether no other change may follow, although the workspace answers.
        self._outdated = False
        # Whether changes may be sent together: not where a vendor has them, or a person makes some.
        self._together = together
        # Whether a part of the change in hand was made.
        self._begun = False

    def perform(
        self,
        tell: Callable[[Event], None],
        check: Callable[[State], Sequence[Diagnostic]],
        stop: Callable[[], bool],
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
        try:
            self._changes(tell, stop)
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
            self._made = frozenset(order.id for order in plan.orders if order.address in rebased.made)
        self._revisions = basis.revisions(state)
        self._decided_on = basis.addresses(plan, state)
        several = sum(len(order.operations) for order in plan.orders) >= MANY
        self._together &= several and state.upstream is None and self._resumed is None
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

    def _changes(self, tell: Callable[[Event], None], stop: Callable[[], bool]) -> None:
        result = self._result
        if self._together:
            self._changes_together(tell, stop)
        for order in self._plan.orders:
            if result.outcomes[order.id] is not Outcome.NOT_ATTEMPTED:
                continue
            if result.interrupted or stop():
                result.interrupted = True
                result.reasons[order.id] = "the apply was interrupted"
                continue
            if order.id in self._made:
                result.reasons[order.id] = "is there by now, as the plan wants it"
                continue
            missing = [need for need in order.needs if not self._is_so(need)]
            if result.task is not None and (missing or order.via != "api"):
                result.reasons[order.id] = f"waits for {result.task['id']}"
                continue
            if missing or self._over or self._outdated:
                result.reasons[order.id] = _reason(missing, result)
                continue
            tell(Event(order, None, len(self._plan.orders)))
            result.outcomes[order.id] = self._change_alone(order)
            tell(Event(order, result.outcomes[order.id], len(self._plan.orders)))

    def _changes_together(self, tell: Callable[[Event], None], stop: Callable[[], bool]) -> None:
        """Make changes in batches, in order, as far as possible; the rest is made one by one."""
        for some in _parts([step for step in self._plan.orders if step.id not in self._made]):
            if stop() or not self._all_of(some):
                return
            for order in some:
                tell(Event(order, None, len(self._plan.orders)))
                tell(Event(order, self._result.outcomes[order.id], len(self._plan.orders)))

    def _all_of(self, orders: Sequence[Step]) -> bool:
        """Make changes in one transaction; tell whether it was made."""
        result, revisions = self._result, self._revisions
        steps = [
            (order.address, NamedStep(f"{order.id}.{place}", operation, revisions.get(order.address, 0)))
            for order in orders
            for place, operation in enumerate(order.operations, start=1)
        ]
        decided_on = {address: revisions.get(address, 0) for address in self._decided_on}
        try:
            self._lease.keep()
            named = [named_step for _, named_step in steps]
            done = self._target.perform_together(str(result.receipt), named, decided_on, self._lease.mark)
        except (*_CONCERN_ONE_CHANGE, NotFound):
            # Nothing of it was done; which change it is about is found by making one after the other.
            return False
        except (KeyboardInterrupt, Exception) as problem:  # noqa: BLE001 - as of one change
            outcome = self._failed(problem)
            affected = orders if outcome is Outcome.UNKNOWN else orders[:1]
            result.outcomes.update(dict.fromkeys((order.id for order in affected), outcome))
            return False
        for (address, _), written in zip(steps, done, strict=True):
            self._note(address, written)
        result.outcomes.update(dict.fromkeys((order.id for order in orders), Outcome.APPLIED))
        return True

    def _is_so(self, change: str) -> bool:
        """Tell whether a change is in place, whoever made it."""
        return change in self._made or self._result.outcomes[change] is Outcome.APPLIED

    def _change_alone(self, order: Step) -> Outcome:
        self._begun = False
        try:
            self._lease.keep()
            self._perform(order)
        except Waiting as waits:
            self._result.task = waits.task
            self._result.reasons[order.id] = f"waits for {waits.task['id']}"
            return Outcome.WAITING
        except (KeyboardInterrupt, Exception) as problem:  # noqa: BLE001 - what was done has to be told
            return self._failed(problem)
        return Outcome.APPLIED

    def _failed(self, problem: KeyboardInterrupt | Exception) -> Outcome:
        """Note why a write ended, and whether others may follow; return what is known of its changes."""
        if isinstance(problem, KeyboardInterrupt):
            self._over = self._result.interrupted = True
            return Outcome.UNKNOWN
        stopped = problem if isinstance(problem, PortalError) else receipts.crashed(problem)
        self._result.failures.append(stopped)
        # Whatever else it is concerns every other change as much: no answer, no lock, no permission.
        self._over = not isinstance(problem, _CONCERN_ONE_CHANGE)
        self._outdated = isinstance(problem, LookOutdated)
        unknown = self._begun or stopped is not problem or isinstance(problem, OutcomeUnknown)
        return Outcome.UNKNOWN if unknown else Outcome.FAILED

    def _perform(self, order: Step) -> None:
        revisions = self._revisions
        for place, operation in enumerate(order.operations, start=1):
            if self._resumed is not None and f"{order.id}.{place}" in self._resumed.done:
                self._begun = True
                continue
            decided_on = {
                address: revisions.get(address, 0) for address in self._decided_on if address != order.address
            }
            mark = WriteContext(self._lease.mark, f"{self._result.receipt}/{order.id}.{place}", decided_on)
            written = self._target.perform(operation, revisions.get(order.address), mark)
            self._note(order.address, written)
            self._begun = True

    def _note(self, address: str, written: WriteResult) -> None:
        """Note the result of a write."""
        revisions = self._revisions
        if written.revision is None:
            revisions.pop(address, None)
        else:
            revisions[address] = written.revision
        for other, moved in written.also.items():
            # Where somebody else moved it before us, the old revision stays, and the workspace refuses our write.
            if revisions.get(other) == moved.before:
                revisions[other] = moved.after

    def _record(self, revision: int | None) -> None:
        """Write the record; fields not reached keep their former values."""
        record = self._plan.document["record"]
        before = record["before"]["values"] if record["before"] else {}
        undone = {order.address for order in self._plan.orders if not self._is_so(order.id)}
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
            mark = WriteContext(self._lease.mark, f"{self._result.receipt}/record")
            self._target.keep_record(self._plan.name, body, revision, mark)


def _parts(orders: Sequence[Step]) -> Iterator[Sequence[Step]]:
    """Split changes into batches."""
    some: list[Step] = []
    many = 0
    for order in orders:
        if some and many + len(order.operations) > MOST_TOGETHER:
            yield some
            some, many = [], 0
        some.append(order)
        many += len(order.operations)
    if some:
        yield some


def _reason(missing: list[str], result: Result) -> str:
    if missing:
        return f"needs {' and '.join(missing)}, which {'was' if len(missing) == 1 else 'were'} not made"
    stopped = next(name for name, outcome in result.outcomes.items() if outcome in (Outcome.FAILED, Outcome.UNKNOWN))
    return f"stopped after {stopped}"

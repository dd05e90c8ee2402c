"""Send the requests of changes, alone or together.

Every write names the revision it was made from and those of the plan's basis, the lock, and its step in the receipt: a
change by somebody else in between is never overwritten, and a write whose answer was lost is not done again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.plan.document import basis
from reconciler.target.protocol import NamedStep, WriteContext

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from reconciler.apply.lock import Lease
    from reconciler.kinds.state import State
    from reconciler.plan.document.executable import ExecutableChange, ExecutablePlan
    from reconciler.target.protocol import Target, WriteResult

MOST_TOGETHER = 250
"""The most requests in one transaction: nobody else can write meanwhile."""


class Writes:
    """The writes of one apply, each from the revisions that those before it left."""

    def __init__(
        self, target: Target, lease: Lease, receipt: str, plan: ExecutablePlan, state: State, *, done: Collection[str]
    ) -> None:
        """Begin from an observed state; `done` has the steps of an earlier run."""
        self._target, self._lease, self._receipt = target, lease, receipt
        self._name, self._done = plan.name, done
        self._revisions = basis.revisions(state)
        self._decided_on = basis.addresses(plan, state)

    def alone(self, change: ExecutableChange) -> Iterator[None]:
        """Make a change request by request; yields after each that is done, now or in an earlier run."""
        self._lease.renew_if_due()
        for place, operation in enumerate(change.operations, start=1):
            step = f"{change.id}.{place}"
            if step not in self._done:
                mark = WriteContext(self._lease.mark, f"{self._receipt}/{step}", self._basis(change.address))
                self._note(change.address, self._target.perform(operation, self._revisions.get(change.address), mark))
            yield

    def together(self, changes: Sequence[ExecutableChange]) -> None:
        """Make changes in one transaction."""
        self._lease.renew_if_due()
        steps = [
            (change.address, NamedStep(f"{change.id}.{place}", operation, self._revisions.get(change.address, 0)))
            for change in changes
            for place, operation in enumerate(change.operations, start=1)
        ]
        named = [step for _, step in steps]
        results = self._target.perform_together(self._receipt, named, self._basis(), self._lease.mark)
        for (address, _), written in zip(steps, results, strict=True):
            self._note(address, written)

    def record(self, body: Mapping[str, Any], revision: int | None) -> None:
        """Write the record, from its revision."""
        self._target.keep_record(self._name, body, revision, WriteContext(self._lease.mark, f"{self._receipt}/record"))

    def _basis(self, without: str = "") -> Mapping[str, int]:
        """Return the revisions that the plan was decided on, but for one address."""
        return {address: self._revisions.get(address, 0) for address in self._decided_on if address != without}

    def _note(self, address: str, written: WriteResult) -> None:
        revisions = self._revisions
        if written.revision is None:
            revisions.pop(address, None)
        else:
            revisions[address] = written.revision
        for other, moved in written.also.items():
            # Where somebody else moved it before us, the old revision stays, and the workspace refuses our write.
            if revisions.get(other) == moved.before:
                revisions[other] = moved.after


def batches(changes: Sequence[ExecutableChange]) -> Iterator[Sequence[ExecutableChange]]:
    """Split changes into batches of at most `MOST_TOGETHER` requests, but for one change that has more."""
    some: list[ExecutableChange] = []
    many = 0
    for change in changes:
        if some and many + len(change.operations) > MOST_TOGETHER:
            yield some
            some, many = [], 0
        some.append(change)
        many += len(change.operations)
    if some:
        yield some

"""An apply as tests begin it: from a plan that was just made, by a holder of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply import executor as apply
from reconciler.apply.lock import LockRequest
from reconciler.plan.document import executable, write

if TYPE_CHECKING:
    from reconciler.apply.executor import Result
    from reconciler.plan.model import Plan
    from reconciler.target.protocol import Target

TERMS = LockRequest(holder="tests@here", reason="applies portal.yaml")


def run(plan: Plan, target: Target, terms: LockRequest = TERMS) -> Result:
    """Apply a plan the way the command does: from its document."""
    return apply.run(executable.of(write.to_document(plan)), target, lambda _: None, terms)


def settings(written: list[tuple[str, str, object]]) -> list[tuple[str, str, object]]:
    """Return the requests that change a setting, of all those that write."""
    return [one for one in written if not one[1].startswith(("records/", "leases/", "receipts"))]

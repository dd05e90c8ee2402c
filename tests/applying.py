"""An apply as tests begin it: from a plan that was just made, by a holder of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import apply, mandate, planfile
from reconciler.leases import Terms

if TYPE_CHECKING:
    from reconciler.apply import Result
    from reconciler.plan import Plan
    from reconciler.targets.base import Target

TERMS = Terms(holder="tests@here", reason="applies portal.yaml")


def run(plan: Plan, target: Target, terms: Terms = TERMS) -> Result:
    """Apply a plan the way the command does: from its document."""
    return apply.run(mandate.of(planfile.to_document(plan)), target, lambda _: None, terms)


def settings(written: list[tuple[str, str, object]]) -> list[tuple[str, str, object]]:
    """Return the requests that change a setting, of all those that write."""
    return [one for one in written if not one[1].startswith(("records/", "leases/", "receipts"))]

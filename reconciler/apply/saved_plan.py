"""Checks of a saved plan against the workspace at hand. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.apply.rebase import FRESH_PLAN
from reconciler.core.diagnostics import error
from reconciler.core.errors import PortalError, Stale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.state import State
    from reconciler.plan.document.executable import ExecutablePlan
    from reconciler.target.protocol import Target


def refuse_outdated(plan: ExecutablePlan, target: Target, state: State) -> None:
    """Refuse a saved plan for another workspace (PortalError), or one applied already (Stale)."""
    refuse_other_workspace(plan.document, state)
    _refuse_again(plan, target)


def refuse_other_workspace(document: Mapping[str, Any], state: State) -> None:
    """Refuse a plan for another workspace; raise PortalError."""
    if document["workspace"]["id"] != state.workspace:
        raise PortalError(
            error(
                "plan-of-another-workspace",
                f"the plan is for {document['workspace']['name']} ({document['workspace']['id']}), "
                f"and this is {state.workspace_name} ({state.workspace})",
                remedy="Name the workspace that it was made for, or make a plan for this one.",
            )
        )


def _refuse_again(plan: ExecutablePlan, target: Target) -> None:
    earlier = target.receipts(plan_digest=plan.document["digest"], configuration=plan.name)["data"]
    # A run that was begun and changed nothing may be tried again.
    done = next((receipt for receipt in earlier if receipt["steps_done"]), None)
    if done is not None:
        raise Stale(
            error(
                "plan-already-applied",
                f"this plan was applied already: {done['id']} by {done['holder']} at {done['started_at']} "
                f"({done['outcome'].replace('_', ' ')})",
                remedy=FRESH_PLAN,
            )
        )

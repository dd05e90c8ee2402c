"""Whether a plan that was made earlier may be applied here and now. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply import postcheck as aftermath
from reconciler.apply.rebase import FRESH_PLAN
from reconciler.core.diagnostics import error
from reconciler.core.errors import Blocked, PortalError, Stale
from reconciler.plan.checks import guards
from reconciler.plan.effect import impact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.kinds.state import State
    from reconciler.plan.document.executable import Mandate
    from reconciler.target.protocol import Target

_PEOPLE = {"max_access_gained": "widened", "max_access_lost": "narrowed"}
"""The guards that count people, and what of an impact each counts."""


def check(mandate: Mandate, target: Target, state: State) -> None:
    """Refuse a saved plan that does not fit the workspace, or that people have outgrown.

    Args:
        mandate: The plan.
        target: Where it is to be applied.
        state: What is there now.

    Raises:
        PortalError: It is for another workspace.
        Stale: It was applied already.
        Blocked: It would now touch more people than a guard allows, or break an expectation.
    """
    document = mandate.document
    if document["workspace"]["id"] != state.workspace:
        raise PortalError(
            error(
                "plan-of-another-workspace",
                f"the plan is for {document['workspace']['name']} ({document['workspace']['id']}), "
                f"and this is {state.workspace_name} ({state.workspace})",
                remedy="Name the workspace that it was made for, or make a plan for this one.",
            )
        )
    _refuse_again(mandate, target)
    problems = [*_outgrown(mandate, target), *_broken(mandate, target)]
    if problems:
        raise Blocked(problems)


def _refuse_again(mandate: Mandate, target: Target) -> None:
    earlier = target.receipts(plan_digest=mandate.document["digest"], configuration=mandate.name)["data"]
    # A run that was begun and changed nothing may be tried again.
    done = next((one for one in earlier if one["steps_done"]), None)
    if done is not None:
        raise Stale(
            error(
                "plan-already-applied",
                f"this plan was applied already: {done['id']} by {done['holder']} at {done['started_at']} "
                f"({done['outcome'].replace('_', ' ')})",
                remedy=FRESH_PLAN,
            )
        )


def _outgrown(mandate: Mandate, target: Target) -> Iterator[Diagnostic]:
    """Compare the people of now with those that the reviewer was shown."""
    document = mandate.document
    limits = {one["name"]: one["limit"] for one in document["guards"] if one["limit"] is not None}
    if document["access"] is None or not limits:
        return
    views = document["views"]
    effect = impact.from_answer(target.compare(mandate.help_center, views["before"], views["after"]))
    shown = {
        "widened": document["access"]["gained"]["count"] + document["access"]["sees_more"]["count"],
        "narrowed": document["access"]["lost"]["count"] + document["access"]["sees_less"]["count"],
    }
    for name, counted in _PEOPLE.items():
        now = getattr(effect, counted)
        if name in limits and now > shown[counted] and now > guards.most_allowed(limits[name], effect.before):
            yield error(
                "plan-outgrown",
                f"when the plan was made it touched {shown[counted]} people, now it would touch {now}; "
                f"{name} is {limits[name]}",
                remedy=FRESH_PLAN,
            )


def _broken(mandate: Mandate, target: Target) -> Iterator[Diagnostic]:
    held = {(one["person"], one["ability"]) for one in mandate.document["expectations"] if one["holds"]}
    view = mandate.document["views"]["after"]
    for verdict in aftermath.expectations_under(mandate, target, view):
        # Whether the card is shown depends on the homepage, which the view does not say: it was judged in the plan.
        if not verdict.holds and verdict.ability != "see_card" and (verdict.person, verdict.ability) in held:
            yield error(
                "expectation-broken",
                f"{verdict.person}: {verdict.ability} held when the plan was made, and would no longer: "
                f"{verdict.reason}",
                remedy=FRESH_PLAN,
            )

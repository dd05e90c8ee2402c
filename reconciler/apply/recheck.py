"""Recheck policies, guards and expectations with today's people, before an apply's first write. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply import postcheck
from reconciler.apply.rebase import FRESH_PLAN
from reconciler.config import policies
from reconciler.core.diagnostics import Severity, error, warning
from reconciler.core.errors import Blocked
from reconciler.plan.checks import guards
from reconciler.plan.document import write
from reconciler.plan.effect import impact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.plan.document.executable import ExecutablePlan
    from reconciler.plan.effect.impact import Impact
    from reconciler.target.protocol import Target

_PEOPLE = {"max_access_gained": "widened", "max_access_lost": "narrowed"}
"""The guards that count people, with the field of the impact that each counts."""
_CLASSES = {
    "gained": ("max_access_gained", "gain access"),
    "lost": ("max_access_lost", "lose access"),
    "sees_more": ("max_access_gained", "see more tickets"),
    "sees_less": ("max_access_lost", "see fewer tickets"),
}
"""The classes of affected people: the guard that counts them, and the words for it."""


def check(plan: ExecutablePlan, target: Target) -> Sequence[Diagnostic]:
    """Refuse a plan that today's people no longer fit: raise Blocked; return the remarks otherwise."""
    effect = _effect(plan, target)
    diagnostics = [*_judged(plan, effect), *_outgrown(plan, effect), *_others(plan, effect), *_broken(plan, target)]
    problems = [diagnostic for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR]
    if problems:
        raise Blocked(problems)
    return tuple(diagnostic for diagnostic in diagnostics if diagnostic.code == "people-changed")


def _judged(plan: ExecutablePlan, effect: Impact | None) -> Sequence[Diagnostic]:
    """Judge the plan by the policies, with today's people."""
    document = plan.document
    if not document["changes"]:
        return ()
    return policies.judge({**document, "access": write.access(effect)}, document.get("policies", ())).diagnostics


def _effect(plan: ExecutablePlan, target: Target) -> Impact | None:
    """Count the impact on today's people; `None` where there is none."""
    if plan.document["access"] is None:
        return None
    views = plan.document["views"]
    return impact.from_answer(target.compare(plan.help_center, views["before"], views["after"]))


def _outgrown(plan: ExecutablePlan, effect: Impact | None) -> Iterator[Diagnostic]:
    """Compare the number of people with the reviewed one."""
    document = plan.document
    limits = {guard["name"]: guard["limit"] for guard in document["guards"] if guard["limit"] is not None}
    if effect is None:
        return
    shown = {
        "widened": document["access"]["gained"]["count"] + document["access"]["sees_more"]["count"],
        "narrowed": document["access"]["lost"]["count"] + document["access"]["sees_less"]["count"],
    }
    for name, counted in _PEOPLE.items():
        now = getattr(effect, counted)
        if name in limits and now > shown[counted] and now > guards.most_allowed(limits[name], effect.before):
            yield error(
                "plan-outgrown",
                f"the plan affected {shown[counted]} people when it was made, and would affect {now} now; "
                f"{name} is {limits[name]}",
                remedy=FRESH_PLAN,
            )


def _others(plan: ExecutablePlan, effect: Impact | None) -> Iterator[Diagnostic]:
    """Compare the people themselves with the reviewed ones, even in equal number: a guard was let through for those."""
    if effect is None:
        return
    let_through = {value["name"] for value in plan.document["guards"] if value["allowed"] and not value["holds"]}
    for name, (guard, words) in _CLASSES.items():
        shown, now = plan.document["access"][name], getattr(effect, name)
        # A plan of an older version says nothing about who they were.
        if now.digest == shown.get("digest", None if not shown["count"] else now.digest):
            continue
        message = f"other people than the plan shows {words}: {shown['count']} when it was made, {now.count} now"
        message += f", among them {', '.join(now.sample)}" if now.sample else ""
        if guard in let_through:
            yield error("plan-outgrown", f"{message}; {guard} was allowed for the earlier ones", remedy=FRESH_PLAN)
        else:
            yield warning(
                "people-changed",
                message,
                remedy="portal preview lists who can open the portal now; portal undo undoes the apply.",
            )


def _broken(plan: ExecutablePlan, target: Target) -> Iterator[Diagnostic]:
    held = {
        (expectation["person"], expectation["ability"])
        for expectation in plan.document["expectations"]
        if expectation["holds"]
    }
    view = plan.document["views"]["after"]
    for verdict in postcheck.expectations_under(plan, target, view):
        # Whether the card is shown depends on the homepage, which the view does not say: it was judged in the plan.
        if not verdict.holds and verdict.ability != "see_card" and (verdict.person, verdict.ability) in held:
            yield error(
                "expectation-broken",
                f"{verdict.person}: {verdict.ability} held when the plan was made, but would not now: {verdict.reason}",
                remedy=FRESH_PLAN,
            )

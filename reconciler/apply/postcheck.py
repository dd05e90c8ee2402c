"""Post-check: the workspace observed again after an apply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.config.desired import Expectation
from reconciler.kinds.registry import kind_of
from reconciler.plan.checks import expectations
from reconciler.plan.compare.diff import converged, same
from reconciler.plan.model import Attribution

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.kinds.state import State
    from reconciler.plan.checks.expectations import Verdict
    from reconciler.plan.document.executable import ExecutablePlan
    from reconciler.target.protocol import Target


@dataclass(frozen=True, slots=True)
class PostApplyState:
    """The state after an apply; `differing` resources do not match the plan, each with its later author."""

    converged: bool
    portal_url: str | None
    portal_effective: bool
    expectations: tuple[Verdict, ...]
    differing: tuple[tuple[str, Attribution | None], ...] = ()

    @property
    def broken(self) -> tuple[Verdict, ...]:
        """The expectations that do not hold."""
        return tuple(expectation for expectation in self.expectations if not expectation.holds)


def check(plan: ExecutablePlan, target: Target) -> PostApplyState:
    """Observe the state after an apply; raise WorkspaceUnusable."""
    state = target.observe(plan.help_center, plan.name)
    differing = tuple(_differing(plan, state))
    whole = plan.document["purpose"] != "apply" or converged(plan.declared, state)
    facts = state.portal.facts
    verdicts = expectations_under(plan, target, None)
    since = plan.document["workspace"]["revision"]
    by = tuple((address, Attribution.of(target.activity(address, since))) for address in differing)
    return PostApplyState(not differing and whole, facts["url"], facts["effective"], verdicts, by)


def expectations_under(plan: ExecutablePlan, target: Target, view: Mapping[str, Any] | None) -> tuple[Verdict, ...]:
    """Judge the expectations of a plan under a view; under the live settings where it is `None`."""
    desired = [
        Expectation(
            person=expectation["person"],
            can=(expectation["ability"],) if expectation["wanted"] else (),
            cannot=() if expectation["wanted"] else (expectation["ability"],),
            path=(),
        )
        for expectation in plan.document["expectations"]
    ]
    if not desired:
        return ()
    people = expectations.people(desired)
    return expectations.judge(desired, target.check(plan.help_center, people, view, card_shown=None))


def _differing(plan: ExecutablePlan, state: State) -> Iterator[str]:
    for address, parts in plan.changed_parts.items():
        resource, after = state.resources.get(address), parts["after"]
        if (resource is None) != (after is None):
            yield address
        elif resource is not None:
            whole = kind_of(address).whole(resource)
            if not all(same(whole[part], value) for part, value in after.items()):
                yield address

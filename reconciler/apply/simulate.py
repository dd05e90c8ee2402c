"""Simulation: the real apply on a sandbox with the live settings; the live workspace counts access after each step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.apply import executor as apply
from reconciler.apply import lock
from reconciler.core.diagnostics import error
from reconciler.plan.compare.diff import same
from reconciler.plan.document import executable
from reconciler.plan.effect import impact
from reconciler.plan.model import Simulation, SimulationStep
from reconciler.target import local

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.apply.executor import Event
    from reconciler.plan.document.executable import ExecutablePlan
    from reconciler.target.protocol import Target

_TERMS = lock.LockRequest(holder="simulation", reason="tries a plan")


def run(document: Mapping[str, Any], target: Target) -> Simulation:
    """Apply a plan to a sandbox; raise WorkspaceUnusable, also where none can be run here."""
    plan = executable.of(document)
    answer = target.capture(plan.help_center, plan.name)
    with local.explained(*local.NEEDED):
        from reconciler.target.embedded import open_sandbox

        # What somebody else is at, or has left behind, is not what is tried here.
        sandbox = open_sandbox({**answer, "lease": None, "unfinished": None})
    watch = _Watch(plan, sandbox, target)
    try:
        # What is sent together has nothing in between; what is refused together is made one by one.
        result = apply.run(plan, sandbox, watch, _TERMS, together=False)
    finally:
        sandbox.close()
    problems = tuple(
        error(
            "simulation-failed",
            f"applied to a sandbox of the workspace, the plan failed: {diagnostic.summary}",
            remedy=diagnostic.remedy,
            address=diagnostic.address,
        )
        for failure in result.failures
        for diagnostic in failure.diagnostics
    )
    return Simulation(result.outcome, tuple(watch.moments), problems)


class _Watch:
    """Counts the access after each change of the sandbox."""

    def __init__(self, plan: ExecutablePlan, sandbox: Target, live: Target) -> None:
        self._plan, self._sandbox, self._live = plan, sandbox, live
        self._views = plan.document["views"]
        self._last: tuple[Mapping[str, Any], tuple[int, int, int]] | None = None
        self.moments: list[SimulationStep] = []

    def __call__(self, event: Event) -> None:
        if event.outcome is not None:
            view = impact.view_before(self._sandbox.observe(self._plan.help_center, self._plan.name))
            self.moments.append(SimulationStep(event.change.id, event.outcome.value, *self._people(view)))

    def _people(self, view: Mapping[str, Any]) -> tuple[int, int, int]:
        if self._last is None or not same(self._last[0], view):
            name = self._plan.help_center
            then, finally_ = (
                impact.from_answer(self._live.compare(name, self._views[end], view)) for end in ("before", "after")
            )
            self._last = view, (then.after, then.gained.count, finally_.gained.count)
        return self._last[1]

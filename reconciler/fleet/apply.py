"""Apply the plans of a fleet, each exactly as written; a failure stops no other.

Workspaces are worked on side by side, each by one worker at a time, its members one after the other (see `ordering`):
so one client keeps its rate limit, and members do not fight over shared settings.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from reconciler.apply import run as applying
from reconciler.apply import waiting as suspended
from reconciler.apply.executor import execute
from reconciler.core.diagnostics import error
from reconciler.core.errors import PortalError
from reconciler.fleet import document as fleet_document
from reconciler.fleet import ordering as fleet_order
from reconciler.fleet import planning
from reconciler.fleet.executors import threads as fleet_threads
from reconciler.fleet.planned import blocked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.apply.executor import Event, Result
    from reconciler.apply.run import ApplyOptions, Stop
    from reconciler.apply.waiting import Resumed
    from reconciler.fleet.document import Outcome
    from reconciler.fleet.model import Site
    from reconciler.fleet.ordering import Key, Need
    from reconciler.fleet.planned import Planned
    from reconciler.plan.document.executable import ExecutablePlan
    from reconciler.target.protocol import Target

_GONE = frozenset({"workspace-unreachable", "workspace-timeout"})
"""The codes of an unreachable workspace: to ask again for each other member would take as long each time."""
_DONE = frozenset({"applied", "nothing_to_do"})


def run(
    planned: Sequence[Planned],
    settled: Mapping[Key, Outcome],
    options: ApplyOptions,
    stop: Stop,
    progress: Callable[[int], None],
    *,
    jobs: int,
) -> list[Outcome]:
    """Apply the plans of several members, `jobs` workspaces side by side, and return all outcomes."""
    done: dict[Key, Outcome] = {}
    begun: set[Key] = set()
    todo = [item for item in planned if item.key not in settled]
    # As many requests as one apply sends together, it does not matter of how many members.
    together = sum(execute.requests(item.entry["document"]) for item in todo) >= execute.MANY or None
    work = partial(_in_workspace, settled=settled, options=options, stop=stop, begin=begun.add, together=together)
    # Told to stop at once, what is known by now is told, and the receipts know the rest.
    with suppress(KeyboardInterrupt):
        for key, outcome in fleet_threads.each(work, _by_workspace(planned, settled), jobs):
            done[key] = outcome
            progress(1)
    return [done.get(item.key) or _left(item, stop, begun=item.key in begun) for item in todo]


def _by_workspace(planned: Sequence[Planned], settled: Mapping[Key, Outcome]) -> list[list[Planned]]:
    """Group the members with something to apply by workspace."""
    groups: dict[str | None, list[Planned]] = {}
    for item in planned:
        groups.setdefault(item.entry["workspace"], []).append(item)
    return [members for members in groups.values() if any(member.key not in settled for member in members)]


def _in_workspace(
    planned: Sequence[Planned],
    settled: Mapping[Key, Outcome],
    options: ApplyOptions,
    stop: Stop,
    begin: Callable[[Key], None],
    *,
    together: bool | None,
) -> Iterator[tuple[Key, Outcome]]:
    """Yield the outcomes of one workspace's members, whose tokens may differ; `settled` ones have nothing to apply."""
    yield from _Workspace(planned, settled, options, stop, begin, together=together).run()


class _Workspace:
    """The progress of one workspace."""

    def __init__(
        self,
        planned: Sequence[Planned],
        settled: Mapping[Key, Outcome],
        options: ApplyOptions,
        stop: Stop,
        begin: Callable[[Key], None],
        *,
        together: bool | None,
    ) -> None:
        self._options, self._stop, self._begin, self._together = options, stop, begin, together
        self._members = {item.key: item for item in planned}
        self._turns = fleet_order.order_members(item.entry for item in planned)
        self._became: dict[Key, tuple[str, int]] = {}
        for key in self._members.keys() & settled.keys():
            self._keep(key, settled[key])
        self._gone: Sequence[Mapping[str, Any]] = ()
        self._ours: set[str] = set()
        # The plans of applies that waited for a person and go on.
        self._resumed: dict[Key, ExecutablePlan] = {}

    def run(self) -> Iterator[tuple[Key, Outcome]]:
        todo = [member for key, member in self._members.items() if key not in self._became]
        todo.sort(key=lambda planned: (self._turns[planned.key].stage, planned.site.variable if planned.site else ""))
        for site, members in groupby(todo, key=lambda planned: planned.site):
            if site is not None:
                yield from self._at(site, list(members))

    def _at(self, site: Site, members: Sequence[Planned]) -> Iterator[tuple[Key, Outcome]]:
        self._gone = ()
        # Those of which one can only tell how they stand when others are done, too.
        waiting: list[tuple[Planned, Result]] = []
        with ExitStack() as stack:
            try:
                target = stack.enter_context(planning.opened(site))
            except PortalError as problem:
                for item in members:
                    yield item.key, self._keep(item.key, self._failed(item, problem))
                return
            for member in members:
                if (omitted := self._not_attempted(member)) is not None:
                    yield member.key, self._keep(member.key, omitted)
                    continue
                try:
                    resumed = suspended.resumed(member.plan, target)
                except PortalError as problem:
                    yield member.key, self._keep(member.key, self._failed(member, problem))
                    continue
                if resumed is None and member.entry["outcome"] == "blocked":
                    yield member.key, self._keep(member.key, blocked(member))
                    continue
                self._begin(member.key)
                result = self._act(member, target, resumed)
                if self._turns[member.key].awaits and not result.failures:
                    self._became[member.key] = result.outcome, 0
                    waiting.append((member, result))
                else:
                    yield member.key, self._keep(member.key, self._outcome(member, target, result))
            for planned, result in waiting:
                yield planned.key, self._outcome(planned, target, result)

    def _act(self, planned: Planned, target: Target, resumed: Resumed | None) -> Result:
        if resumed is not None:
            self._resumed[planned.key] = resumed.plan
        plan = self._resumed.get(planned.key, planned.plan)
        result = applying.execute(
            plan, target, self._options, self._stop, _silence, resumed=resumed, together=self._together
        )
        # What another member of the fleet did a moment ago is told with that one.
        result.remarks = [
            remark
            for remark in result.remarks
            if remark.code != "changed-meanwhile" or remark.address not in self._ours
        ]
        for change in plan.document["changes"]:
            if result.outcomes[change["id"]] == "applied":
                self._ours.add(change["address"])
        return result

    def _outcome(self, planned: Planned, target: Target, result: Result) -> Outcome:
        report = applying.report(self._resumed.get(planned.key, planned.plan), target, result, self._stop)
        return self._noted(fleet_document.applied(planned.entry, report.document, report.exit_code))

    def _failed(self, planned: Planned, problem: PortalError) -> Outcome:
        return self._noted(fleet_document.stopped(planned.entry, "failed", problem.exit_code, problem.diagnostics))

    def _noted(self, outcome: Outcome) -> Outcome:
        """Remember the diagnostics of an outcome that say that the workspace is gone."""
        self._gone = [diagnostic for diagnostic in outcome.entry["diagnostics"] if diagnostic["code"] in _GONE]
        return outcome

    def _keep(self, key: Key, outcome: Outcome) -> Outcome:
        self._became[key] = outcome.entry["outcome"], outcome.exit_code
        return outcome

    def _not_attempted(self, planned: Planned) -> Outcome | None:
        """Return the outcome of a member that must not begin; `None` of one that may."""
        if self._stop():
            return _left(planned, self._stop, begun=False)
        if self._gone:
            ended = fleet_document.stopped(planned.entry, "failed", 1)
            return fleet_document.Outcome({**ended.entry, "diagnostics": list(self._gone)}, ended.exit_code)
        need = next((need for need in self._turns[planned.key].needs if not self._met(need)), None)
        return None if need is None else self._without(planned, need)

    def _met(self, need: Need) -> bool:
        """Tell whether a need is met, or may be: then the workspace itself refuses what is too early."""
        return any(self._became.get(key, ("applied", 0))[0] in _DONE for key in need.members)

    def _without(self, planned: Planned, need: Need) -> Outcome:
        if not need.members:
            return _refused(planned, need.why, 3)
        names = " or ".join(self._members[key].entry["name"] for key in need.members)
        code = max(self._became[key][1] for key in need.members)
        return _refused(planned, f"{names} was not applied, and this needs it: {need.why}", code or 3)


def _refused(planned: Planned, summary: str, exit_code: int) -> Outcome:
    remedy = "Correct that one; portal apply then makes the rest. Keep a setting of the workspace in one file only."
    diagnostic = error("fleet-needs-another", summary, remedy=remedy)
    return fleet_document.stopped(planned.entry, "not_attempted", exit_code, (diagnostic,))


def _silence(event: Event) -> None:
    """Discard apply events: members are worked on side by side."""


def _left(planned: Planned, stop: Stop, *, begun: bool) -> Outcome:
    """Return the outcome of a stopped member; `begun` if its apply was running."""
    if not begun:
        return fleet_document.stopped(planned.entry, "not_attempted", stop.exit_code)
    summary = "the command was ended while this was being applied: what was done of it, its receipt knows"
    remedy = "portal apply says what was done, and does the rest. Its lock ends by itself; portal unlock ends it now."
    diagnostic = error("interrupted", summary, remedy=remedy)
    return fleet_document.stopped(planned.entry, "interrupted", stop.exit_code, (diagnostic,))

"""What is done with the plans of a fleet: each exactly as it is written, and one that fails stops no other.

A workspace is written to by one worker at a time, its members one after the other: so its rate limit is kept by one
client, and what several members share is not fought over. Different workspaces are worked on side by side.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from reconciler import fleet_document, fleet_threads, fleet_work, fulfil, mandate, resultfile
from reconciler.diagnostics import error
from reconciler.errors import PortalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.apply import Event
    from reconciler.fleet import Site
    from reconciler.fleet_document import Outcome
    from reconciler.fulfil import Manner, Stop
    from reconciler.targets.base import Target

Key = tuple[str, int]
_GONE = frozenset({"workspace-unreachable", "workspace-timeout"})
"""What says that a workspace does not answer: asking once more for each other member would take as long each time."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A member of a fleet with its plan.

    Attributes:
        outcome: What came of planning it.
        site: Where it would be applied.
        protected: What forbids to apply a plan that nobody read; `None` where nothing does.
    """

    outcome: Outcome
    site: Site | None
    protected: str | None = None

    @property
    def entry(self) -> Mapping[str, Any]:
        """The member, as the document of the plans shows it."""
        return self.outcome.entry

    @property
    def key(self) -> Key:
        """Which member it is."""
        return self.entry["file"], self.entry["line"]

    @property
    def mandate(self) -> mandate.Mandate:
        """What is to be done."""
        return mandate.of(self.entry["document"])


def settled(one: Planned) -> Outcome | None:
    """Return what becomes of a member of which nothing will be applied; `None` where there is something to do."""
    entry = one.entry
    plan = entry["document"]
    if entry["outcome"] == "failed":
        return one.outcome
    if plan is None or (entry["outcome"] != "blocked" and mandate.of(plan).idle):
        return fleet_document.Outcome({**entry, "outcome": "nothing_to_do", "document": None}, 0)
    if entry["outcome"] == "blocked":
        return fleet_document.followed(entry, resultfile.not_applied(plan), 3)
    if one.protected is not None:
        forbidden = fulfil.protected(one.entry["environment"], one.protected)
        return fleet_document.followed(entry, resultfile.not_applied(plan, forbidden), 3)
    return None


def declined(one: Planned) -> Outcome:
    """Return that somebody was asked whether to apply a plan, and did not want it."""
    return fleet_document.followed(one.entry, resultfile.not_applied(one.entry["document"]), 1)


def run(
    planned: Sequence[Planned], manner: Manner, jobs: int, stop: Stop, told: Callable[[int], None]
) -> list[Outcome]:
    """Do what the plans of several members say, and return what became of each.

    Args:
        planned: The members; each has something to do.
        manner: How.
        jobs: How many workspaces to work on at a time.
        stop: Tells whether to stop.
        told: Is told how many members more are done.
    """
    done: dict[Key, Outcome] = {}
    begun: set[Key] = set()
    work = partial(_in_one_workspace, manner=manner, stop=stop, begin=begun.add)
    # Told to stop at once, what is known by now is told, and the receipts know the rest.
    with suppress(KeyboardInterrupt):
        for key, outcome in fleet_threads.each(work, _by_workspace(planned), jobs):
            done[key] = outcome
            told(1)
    return [done.get(one.key) or _left(one, stop, begun=one.key in begun) for one in planned]


def _by_workspace(planned: Sequence[Planned]) -> list[list[Planned]]:
    found: dict[str | None, list[Planned]] = {}
    for one in planned:
        found.setdefault(one.site.address if one.site else None, []).append(one)
    return list(found.values())


def _in_one_workspace(
    planned: Sequence[Planned], manner: Manner, stop: Stop, begin: Callable[[Key], None]
) -> Iterator[tuple[Key, Outcome]]:
    """Yield what becomes of the members of one workspace, which need not all have the same token."""
    for site, members in groupby(sorted(planned, key=_token), key=lambda one: one.site):
        if site is not None:
            yield from _at(site, list(members), manner, stop, begin)


def _token(one: Planned) -> str:
    return one.site.variable if one.site else ""


def _at(
    site: Site, members: Sequence[Planned], manner: Manner, stop: Stop, begin: Callable[[Key], None]
) -> Iterator[tuple[Key, Outcome]]:
    gone: list[Mapping[str, Any]] = []
    with ExitStack() as stack:
        try:
            target = stack.enter_context(fleet_work.opened(site))
        except PortalError as problem:
            for one in members:
                yield one.key, fleet_document.ended(one.entry, "failed", problem.exit_code, problem.diagnostics)
            return
        for one in members:
            if stop():
                yield one.key, _left(one, stop, begun=False)
            elif gone:
                yield one.key, _not_asked(one, gone)
            else:
                begin(one.key)
                found = _one(one, target, manner, stop)
                gone = [said for said in found.entry["diagnostics"] if said["code"] in _GONE]
                yield one.key, found


def _one(one: Planned, target: Target, manner: Manner, stop: Stop) -> Outcome:
    found = fulfil.run(one.mandate, target, manner, stop, _silence)
    return fleet_document.followed(one.entry, found.document, found.exit_code)


def _silence(event: Event) -> None:
    """Tell nobody: members are worked on side by side."""


def _not_asked(one: Planned, gone: Sequence[Mapping[str, Any]]) -> Outcome:
    found = fleet_document.ended(one.entry, "failed", 1)
    return fleet_document.Outcome({**found.entry, "diagnostics": list(gone)}, found.exit_code)


def _left(one: Planned, stop: Stop, *, begun: bool) -> Outcome:
    if not begun:
        return fleet_document.ended(one.entry, "not_attempted", stop.exit_code)
    summary = "the command was ended while this was being applied: what was done of it, its receipt knows"
    remedy = "portal apply says what was done, and does the rest. Its lock ends by itself; portal unlock ends it now."
    told = error("interrupted", summary, remedy=remedy)
    return fleet_document.ended(one.entry, "interrupted", stop.exit_code, (told,))

"""What is done with the plans of a fleet: each exactly as it is written, and one that fails stops no other.

A workspace is written to by one worker at a time, its members one after the other: so its rate limit is kept by one
client, and what several members share is not fought over. Which one after which, `fleet_order` says. Different
workspaces are worked on side by side.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.apply import document as apply_document
from reconciler.apply import run as fulfil
from reconciler.fleet import document as fleet_document
from reconciler.fleet import fleet_turns
from reconciler.fleet.executors import threads as fleet_threads
from reconciler.plan.document import executable as mandate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.apply.run import Manner, Stop
    from reconciler.fleet.document import Outcome
    from reconciler.fleet.model import Site
    from reconciler.fleet.ordering import Key


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
        return fleet_document.followed(entry, apply_document.not_applied(plan), 3)
    if one.protected is not None:
        forbidden = fulfil.protected(one.entry["environment"], one.protected)
        return fleet_document.followed(entry, apply_document.not_applied(plan, forbidden), 3)
    return None


def declined(one: Planned) -> Outcome:
    """Return that somebody was asked whether to apply a plan, and did not want it."""
    return fleet_document.followed(one.entry, apply_document.not_applied(one.entry["document"]), 1)


def run(
    planned: Sequence[Planned],
    settled: Mapping[Key, Outcome],
    manner: Manner,
    stop: Stop,
    told: Callable[[int], None],
    *,
    jobs: int,
) -> list[Outcome]:
    """Do what the plans of several members say, and return what became of each.

    Args:
        planned: All members.
        settled: What became already of those with which nothing is to be done.
        manner: How.
        stop: Tells whether to stop.
        told: Is told how many members more are done.
        jobs: How many workspaces to work on at a time.
    """
    done: dict[Key, Outcome] = {}
    begun: set[Key] = set()
    work = partial(fleet_turns.run, settled=settled, manner=manner, stop=stop, begin=begun.add)
    # Told to stop at once, what is known by now is told, and the receipts know the rest.
    with suppress(KeyboardInterrupt):
        for key, outcome in fleet_threads.each(work, _by_workspace(planned, settled), jobs):
            done[key] = outcome
            told(1)
    todo = [one for one in planned if one.key not in settled]
    return [done.get(one.key) or fleet_turns.left(one, stop, begun=one.key in begun) for one in todo]


def _by_workspace(planned: Sequence[Planned], settled: Mapping[Key, Outcome]) -> list[list[Planned]]:
    """Return the members of each workspace in which there is something to do."""
    found: dict[str | None, list[Planned]] = {}
    for one in planned:
        found.setdefault(one.entry["workspace"], []).append(one)
    return [members for members in found.values() if any(one.key not in settled for one in members)]

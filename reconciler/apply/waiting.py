"""Applies that wait for a person: the one to resume, conflicts with it, and its remaining changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.apply.rebase import FRESH_PLAN
from reconciler.core.diagnostics import error, warning
from reconciler.core.errors import Conflict, Locked, Stale
from reconciler.kinds.registry import kind_of
from reconciler.plan.compare.diff import same
from reconciler.plan.document import executable
from reconciler.target.problems import held

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.kinds.state import State
    from reconciler.plan.document.executable import ExecutablePlan
    from reconciler.target.protocol import Target


@dataclass(frozen=True, slots=True)
class Resumed:
    """A resumed apply: the reviewed plan it began with, its whole receipt, and the id of its newest task."""

    plan: ExecutablePlan
    receipt: Mapping[str, Any]
    task: str

    @property
    def done(self) -> frozenset[str]:
        """The steps that were made."""
        return frozenset(step["step"] for step in self.receipt["steps"])


def resumed(plan: ExecutablePlan, target: Target) -> Resumed | None:
    """Find the waiting apply of the same plan, or of a configuration that says the same; `None` for none."""
    if plan.document.get("upstream") is None:
        return None
    state = target.observe(plan.help_center, plan.name)
    mine = next((entry for entry in _waiting(state) if _is_of(entry, plan)), None)
    if mine is None:
        return None
    receipt = target.receipt(mine["receipt"])
    if receipt["outcome"] != "running" or receipt["undoes"] != plan.document["undoes"]:
        return None
    return Resumed(executable.of(receipt["plan"]), receipt, mine["task"])


def refuse_held(plan: ExecutablePlan, state: State, own: str | None) -> None:
    """Refuse a plan for resources that another waiting apply than its `own` holds; raise Locked."""
    mine = {change.address for change in plan.changes}
    for entry in _waiting(state):
        if entry["receipt"] is not None and entry["receipt"] != own and mine & set(entry["addresses"]):
            raise Locked(held(entry))


def is_waiting(state: State, receipt: str) -> bool:
    """Tell whether an unfinished apply waits for a person, and so must not be closed."""
    return any(entry["receipt"] == receipt for entry in _waiting(state))


def refuse_moved(resumed: Resumed, state: State) -> None:
    """Refuse to resume over changes by others to the remaining parts; raise Stale with every conflict."""
    # What was done stays out of it: an interim value is in place of the one before.
    touched = {step["resource"] for step in resumed.receipt["steps"]}
    conflicts = [
        conflict
        for address, parts in resumed.plan.changed_parts.items()
        if address not in touched
        for conflict in _overlaps(address, parts, state)
    ]
    if conflicts:
        raise Stale([_complaint(conflict, resumed.task) for conflict in conflicts], conflicts)


def remark(resumed: Resumed) -> Diagnostic:
    """Report the resumed apply."""
    left = len(resumed.plan.changes)
    made = sum(_is_made(change, resumed.done) for change in resumed.plan.changes)
    receipt = resumed.receipt
    return warning(
        "apply-goes-on",
        f"{receipt['id']}, begun by {receipt['holder']} at {receipt['started_at']}, goes on: {made} of its {left} "
        f"changes {'is' if made == 1 else 'are'} made",
    )


def _is_made(change: executable.ExecutableChange, done: frozenset[str]) -> bool:
    return all(f"{change.id}.{place}" in done for place in range(1, len(change.operations) + 1))


def _waiting(state: State) -> tuple[Mapping[str, Any], ...]:
    return () if state.upstream is None else state.upstream.waiting


def _is_of(entry: Mapping[str, Any], plan: ExecutablePlan) -> bool:
    document = plan.document
    if entry["receipt"] is None or entry["configuration"] != plan.name or entry["action"] != document["purpose"]:
        return False
    same_file = entry["configuration_digest"] == document["configuration"]["digest"]
    return bool(
        entry["plan_digest"] == document["digest"] or (same_file and entry["environment"] == document["environment"])
    )


def _overlaps(address: str, parts: Mapping[str, Any], state: State) -> Iterator[Conflict]:
    before, after, resource = parts["before"], parts["after"], state.resources.get(address)
    if before is None or resource is None:
        return
    whole = kind_of(address).whole(resource)
    for part, base in before.items():
        ours, known = None if after is None else after[part], state.known(address, part)
        # A vendor may tell less than the whole: what is wanted is then one of several.
        possible = (whole[part], *(() if known is None else known.one_of))
        if not any(same(value, base) or same(value, ours) for value in possible):
            yield Conflict(address, part, base, ours, whole[part])


_GIVE_UP = "Give the apply up with portal task abandon {}."


def _complaint(conflict: Conflict, task: str) -> Diagnostic:
    message = f"{conflict.address}: {conflict.part} has changed since the plan was made"
    message += ", while the apply waited for a person"
    return error("stale-plan", message, remedy=f"{_GIVE_UP.format(task)} {FRESH_PLAN}", address=conflict.address)

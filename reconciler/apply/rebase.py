"""Rebase a saved plan onto the current state; raise Stale on conflicting edits.

Changes by others are compared with those of the plan, part by part. Everything that decides access counts as one part:
the reviewer agreed to who gains and who loses, and that is only true as long as nobody else moves any of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import error, warning
from reconciler.core.errors import Conflict, Stale
from reconciler.kinds.registry import kind_of
from reconciler.plan.compare.diff import same
from reconciler.plan.effect import impact, prerequisites
from reconciler.plan.model import Attribution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.kinds.state import Resource, State
    from reconciler.plan.document.executable import ExecutablePlan

    Log = Callable[[str, int], Sequence[Mapping[str, Any]]]
    """The activity log of a resource after a revision of the workspace, newest first."""

FRESH_PLAN = "Run portal plan again and review the new plan."
_DECIDES_ACCESS = {"open": "portal", "audience": "audience", "ticket_visibility": "ticket_visibility"}
_ABSENT = "(does not exist)"


@dataclass(frozen=True, slots=True)
class Rebased:
    """A plan that stands."""

    revisions: Mapping[str, int]  # by address, for the first write to each
    remarks: tuple[Diagnostic, ...]  # changes by others that the plan does not touch
    made: frozenset[str] = frozenset()  # resources that somebody created already, just as desired


def rebase(plan: ExecutablePlan, state: State, log: Log) -> Rebased:
    """Rebase a plan onto the current state; raise Stale with every conflict. `log` is asked only if one moved."""
    _refuse_other_apply(plan, state)
    moved = _moved(plan, state)
    logs = {address: log(address, plan.document["workspace"]["revision"]) for address in moved}
    conflicts = [_attributed(conflict, logs) for conflict in _conflicts(plan, state)]
    if conflicts:
        raise Stale([_complaint(conflict) for conflict in conflicts], conflicts)
    revisions = {address: resource.revision for address, resource in state.resources.items()}
    return Rebased(revisions, tuple(_remark(address, logs[address]) for address in moved), _made(plan, state))


def _refuse_other_apply(plan: ExecutablePlan, state: State) -> None:
    """Refuse where the same configuration was applied in between: whoever did that was not planned with."""
    known, now = plan.document["record"]["revision"], state.record
    if now is None or now.revision == known:
        return
    raise Stale(
        error(
            "applied-meanwhile",
            f"{now.applied_by} applied {plan.name} at {now.applied_at}"
            + (f" from commit {now.commit}" if now.commit else "")
            + ", after this plan was made",
            remedy=FRESH_PLAN,
        )
    )


def _moved(plan: ExecutablePlan, state: State) -> list[str]:
    """Find the resources that left the revision of the plan."""
    revisions: Mapping[str, int] = plan.document["revisions"]
    now = {address: resource.revision for address, resource in state.resources.items()}
    return [address for address in sorted({*revisions, *now}) if revisions.get(address) != now.get(address)]


def _made(plan: ExecutablePlan, state: State) -> frozenset[str]:
    """Find the plan's new resources that exist by now; a different one is a conflict."""
    return frozenset(
        address
        for address, parts in plan.changed_parts.items()
        if parts["before"] is None and address in state.resources
    )


def _conflicts(plan: ExecutablePlan, state: State) -> Iterator[Conflict]:
    conflicts = set()
    for address, parts in plan.changed_parts.items():
        for conflict in _overlaps(address, parts, state.resources.get(address)):
            conflicts.add(address)
            yield conflict
    yield from (item for item in _about_access(plan, state) if item.address not in conflicts)


def _overlaps(address: str, parts: Mapping[str, Any], resource: Resource | None) -> Iterator[Conflict]:
    before, after = parts["before"], parts["after"]
    if before is None or resource is None:
        if (before is None) != (resource is None):
            whole = kind_of(address).whole(resource) if resource else {}
            if resource and after and all(same(whole[part], desired) for part, desired in after.items()):
                return
            for part in after or before:
                yield Conflict(
                    address,
                    part,
                    base=_ABSENT if before is None else before[part],
                    ours=_ABSENT if after is None else after[part],
                    theirs=whole.get(part, _ABSENT),
                )
        return
    whole = kind_of(address).whole(resource)
    for part, base in before.items():
        ours = _ABSENT if after is None else after[part]
        if not (same(whole[part], base) or same(whole[part], ours)):
            yield Conflict(address, part, base, ours, whole[part])


def _about_access(plan: ExecutablePlan, state: State) -> Iterator[Conflict]:
    before, after = plan.document["views"]["before"], plan.document["views"]["after"]
    now = impact.view_before(state)
    if not after["open"] and _would_open(plan, state):
        yield Conflict(f"portal/{plan.help_center}", "open", before["open"], after["open"], theirs=True)
        return
    if same(before, after) or same(before, now) or not (now["open"] or after["open"]):
        return
    for part, kind in _DECIDES_ACCESS.items():
        # Somebody may have done what the plan is for already.
        if not (same(now[part], before[part]) or same(now[part], after[part])):
            yield Conflict(f"{kind}/{plan.help_center}", part, before[part], after[part], now[part])


def _would_open(plan: ExecutablePlan, state: State) -> bool:
    """Tell whether the portal would work after a plan, with the required settings as they are by now."""
    if not plan.document["portal"]["enabled"]:
        return False
    # What an undo brings back need not be what the file manages by now.
    becomes = {address: dict(fields) for address, fields in plan.document["record"]["after"]["values"].items()}
    for address, parts in plan.changed_parts.items():
        becomes[address] = {**becomes.get(address, {}), **(parts["after"] or {})}
    known = prerequisites.Facts(state, becomes, prerequisites.NOTHING)
    return all(prerequisites.met(state.profile, known, datetime.now(UTC).date()).values())


def _attributed(conflict: Conflict, logs: Mapping[str, Sequence[Mapping[str, Any]]]) -> Conflict:
    names = {conflict.part}
    if conflict.address in logs and conflict.part in kind_of(conflict.address).fields:
        names |= kind_of(conflict.address).wire_fields(conflict.part)
    log = logs.get(conflict.address, ())
    attribution = Attribution.of(log, names) or Attribution.of(log)
    return replace(conflict, by=attribution.by, at=attribution.at, via=attribution.via) if attribution else conflict


def _complaint(conflict: Conflict) -> Diagnostic:
    who = (
        f"{conflict.by} changed it at {conflict.at} via {conflict.via}"
        if conflict.by
        else "somebody the log does not name changed it"
    )
    return error(
        "stale-plan",
        f"{conflict.address}: {conflict.part} has changed since the plan was made; {who}",
        remedy=FRESH_PLAN,
        address=conflict.address,
    )


def _remark(address: str, log: Sequence[Mapping[str, Any]]) -> Diagnostic:
    attribution = Attribution.of(log)
    what = (
        f"{attribution.by} changed {address} at {attribution.at} via {attribution.via}"
        if attribution
        else f"somebody changed {address}"
    )
    return warning(
        "changed-meanwhile",
        f"{what}, after the plan was made; it did not touch the changes of the plan, or made them",
        address=address,
    )

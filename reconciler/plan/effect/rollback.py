"""For each object that a plan changes: what it was, what it will be, and the requests that would bring it back.

It is worked out when the plan is made, from what was observed then, and kept in the plan. An apply compares what is
with `before` to see whether somebody was faster; an undo compares it with `after` and sends `operations`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.kinds import homepage
from reconciler.kinds.registry import kind_of
from reconciler.plan.compare.diff import same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config.desired import Config
    from reconciler.kinds.base import Operation
    from reconciler.kinds.state import Resource
    from reconciler.plan.compare.diff import Difference
    from reconciler.plan.effect.projection import Projection


@dataclass(frozen=True, slots=True)
class Rollback:
    """The way back of one object.

    Attributes:
        address: Which object.
        before: The parts that change, as they were; `None` where there was no such object.
        after: The same parts as they will be; `None` where there will be no such object.
        operations: The requests that bring it back; none where there is no way back.
        side_effect: Whether the workspace changes it by itself, because of another change.
    """

    address: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    operations: tuple[Operation, ...]
    side_effect: bool = False


def of(config: Config, projected: Projection) -> tuple[Rollback, ...]:
    """Return the way back of every object that a plan would change."""
    page = homepage.KIND.of(projected.state).address
    rollbacks = [_return(config, projected, difference) for difference in projected.differences]
    if projected.enables and all(rollback.address != page for rollback in rollbacks):
        rollbacks += _card(projected, page)
    return tuple(rollbacks)


def between(address: str, observed: Resource | None, after: Mapping[str, Any] | None, config: Config) -> Rollback:
    """Return the way back from `after` to what was observed.

    Args:
        observed: The object as it is before the change; `None` where it does not exist.
        after: Its parts as the change leaves them; `None` where it goes away.
    """
    kind = kind_of(address)
    if observed is None:
        return Rollback(address, None, after, kind.removing(address))
    whole = kind.whole(observed)
    if after is None:
        return Rollback(address, whole, None, kind.operations(address, None, whole, config))
    parts = [name for name in after if not same(whole[name], after[name])]
    before = {name: whole[name] for name in parts}
    return Rollback(
        address, before, {name: after[name] for name in parts}, kind.restoring(address, observed, parts, config)
    )


def _return(config: Config, projected: Projection, difference: Difference) -> Rollback:
    declared = {change.field: change.declared for change in difference.fields}
    after = (
        difference.result
        if difference.operations
        else kind_of(difference.address).afterwards(difference.resource, declared, difference.outcome, config)
    )
    return between(difference.address, projected.state.resources.get(difference.address), after, config)


def _card(projected: Projection, address: str) -> Iterator[Rollback]:
    """Yield the way back of the card that the workspace adds to the homepage's draft when a portal is enabled."""
    observed = projected.state.resources[address]
    draft, after = observed.facts["draft"], homepage.with_card(observed).facts["draft"]
    if draft != after:
        back = homepage.draft(projected.state.help_center, draft)
        yield Rollback(address, {"draft": draft}, {"draft": after}, (back,), side_effect=True)

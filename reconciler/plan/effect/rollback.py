"""Rollback of each changed resource: its parts before and after, and the requests that restore it.

Computed with the plan, from the state observed then, and kept in it. An apply compares live values with `before` to
detect conflicts; an undo compares them with `after` and sends `operations`.
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
    """The rollback of one resource: its changed parts."""

    address: str
    before: Mapping[str, Any] | None  # `None` where the resource did not exist
    after: Mapping[str, Any] | None  # `None` where the resource is deleted
    operations: tuple[Operation, ...]  # restoring requests; none where there is no way back
    side_effect: bool = False  # whether the workspace changes it by itself, because of another change


def of(config: Config, projected: Projection) -> tuple[Rollback, ...]:
    """Build the rollback of every changed resource."""
    page = homepage.KIND.of(projected.state).address
    rollbacks = [_return(config, projected, difference) for difference in projected.differences]
    if projected.enables and all(rollback.address != page for rollback in rollbacks):
        rollbacks += _card(projected, page)
    return tuple(rollbacks)


def between(address: str, observed: Resource | None, after: Mapping[str, Any] | None, config: Config) -> Rollback:
    """Build the rollback to the observed resource from its parts `after`; None where it does not exist then."""
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
    """Yield the rollback of the card that enabling a portal adds to the homepage's draft."""
    observed = projected.state.resources[address]
    draft, after = observed.facts["draft"], homepage.with_card(observed).facts["draft"]
    if draft != after:
        back = homepage.draft(projected.state.help_center, draft)
        yield Rollback(address, {"draft": draft}, {"draft": after}, (back,), side_effect=True)

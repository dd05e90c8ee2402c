"""Changes of a plan, from ordered differences: each with its risks and operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.kinds import portal
from reconciler.kinds.registry import kind_of
from reconciler.plan import ordering as order
from reconciler.plan.checks.guards import Risk
from reconciler.plan.compare.diff import Origin
from reconciler.plan.making import making
from reconciler.plan.model import Action, Change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from reconciler.config.desired import Config
    from reconciler.plan.compare.diff import Difference, FieldChange
    from reconciler.plan.effect.impact import Impact
    from reconciler.plan.effect.projection import Projection
    from reconciler.plan.ordering import OrderedChange


def changes(config: Config, projected: Projection, effect: Impact | None, today: date) -> tuple[Change, ...]:
    """Make the changes, in order; `effect` is None where access does not change, `today` in UTC."""
    opens = portal.KIND.desired(config).get("enabled") is True
    steps = order.order_changes(projected.differences, projected.state, today, opens=opens)
    foreign = projected.publishes_foreign_draft
    return tuple(
        _change(place, step, config, projected, effect, foreign=foreign) for place, step in enumerate(steps, start=1)
    )


def _change(
    place: int, step: OrderedChange, config: Config, projected: Projection, effect: Impact | None, *, foreign: bool
) -> Change:
    address, resource = step.difference.address, step.difference.resource
    kind = kind_of(address)
    return Change(
        id=str(place),
        address=address,
        title=kind.title,
        action=_action(step.difference),
        fields=step.difference.fields,
        sources={change.field: config.source(change.path) for change in step.difference.fields if change.path},
        risks=tuple(dict.fromkeys(_risks(step, effect, foreign=foreign))) or (Risk.NONE,),
        operations=step.difference.operations or kind.operations(address, resource, step.difference.outcome, config),
        revision=resource.revision if resource else None,
        needs=tuple(str(need + 1) for need in step.needs),
        reason=step.reason,
        making=making(projected.state, step.difference),
    )


def _action(difference: Difference) -> Action:
    if difference.removes:
        return Action.DELETE
    return Action.UPDATE if difference.resource else Action.CREATE


def _risks(step: OrderedChange, effect: Impact | None, *, foreign: bool) -> Iterator[Risk]:
    if step.reason:
        return
    kind = kind_of(step.difference.address).name
    if step.closes:
        yield Risk.CLOSES_PORTAL
    if effect is not None:
        tickets = effect.sees_more, effect.sees_less
        decides = {"audience": (effect.gained, effect.lost), "ticket_visibility": tickets, "granted_companies": tickets}
        more, less = decides.get(kind, (effect.gained if step.opens else None, None))
        if more is not None and more.count:
            yield Risk.WIDENS_ACCESS
        if less is not None and less.count:
            yield Risk.NARROWS_ACCESS
    if any(change.origin is not Origin.CONFIG for change in step.difference.fields):
        yield Risk.REPLACES_FOREIGN_EDIT
    if kind == "homepage" and foreign:
        yield Risk.PUBLISHES_FOREIGN_DRAFT
    if step.difference.removes or any(_drops_options(change) for change in step.difference.fields):
        yield Risk.DELETES


def _drops_options(change: FieldChange) -> bool:
    return change.field == "options" and isinstance(change.before, list) and not set(change.before) <= set(change.after)

"""The way of a change at a vendor: by its API, or by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.kinds.state import Making

if TYPE_CHECKING:
    from reconciler.kinds.state import State
    from reconciler.plan.compare.diff import Difference


def making(state: State, difference: Difference) -> Making | None:
    """Choose the way of a change at a vendor: a person as soon as one field needs one."""
    if state.upstream is None:
        return None
    makings = [state.upstream.making(difference.address, field.field) for field in difference.fields]
    by_hand = [way for way in makings if way is not None and way.via == "person"]
    if not by_hand:
        return Making("api", "observed", 0)
    weakest = max(by_hand, key=lambda way: _PROOFS.index(way.proof))
    return Making("person", weakest.proof, sum(way.minutes for way in by_hand))


_PROOFS = ("observed", "count", "url", "text", "word")
"""The proofs of a person's change, the strongest first."""

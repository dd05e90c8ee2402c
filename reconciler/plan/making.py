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
    by_hand = [making for making in makings if making is not None and making.via == "person"]
    if not by_hand:
        return Making("api", "observed", 0)
    weakest = max(by_hand, key=lambda making: _PROOFS.index(making.proof))
    return Making("person", weakest.proof, sum(making.minutes for making in by_hand))


_PROOFS = ("observed", "count", "url", "text", "word")
"""The proofs of a person's change, the strongest first."""

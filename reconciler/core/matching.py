"""Which items of a list kept their order when others were moved."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def unmoved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """Return a largest set of names that stand in the same order in both; all the others were moved.

    Names that only one of the lists has are not among them.
    """
    place = {name: index for index, name in enumerate(before)}
    # Patience sorting: `ends[n]` is the name that ends the best run of n + 1 names found so far.
    ends: list[str] = []
    previous: dict[str, str | None] = {}
    for name in after:
        if name in place:
            length = bisect_left([place[end] for end in ends], place[name])
            previous[name] = ends[length - 1] if length else None
            ends[length : length + 1] = [name]
    kept: set[str] = set()
    last = ends[-1] if ends else None
    while last is not None:
        kept.add(last)
        last = previous[last]
    return kept

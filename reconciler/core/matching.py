"""Match the items of two lists, and find those that kept their order."""

from __future__ import annotations

import json
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def longest_common_order(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """Return a largest set of names that stand in the same order in both lists; all others were moved."""
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


_NAMES = ("type", "attribute", "person")
"""Keys that identify an item: where they differ, it is another item."""


def canonical(value: Any) -> str:
    """Return a text that equal values share; order of keys does not count."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def pairs(before: Sequence[Any], after: Sequence[Any]) -> list[int | None]:
    """Match every new item to the index of its old one, or None where it is new."""
    old, new = [canonical(value) for value in before], [canonical(value) for value in after]
    results: list[int | None] = [None] * len(after)
    left = dict(enumerate(before))
    for index, place in _equal(old, new).items():
        results[index] = place
        del left[place]
    scored = sorted(
        (-score, abs(place - index), place, index)
        for index, item in enumerate(after)
        if results[index] is None
        for place, old in left.items()
        if (score := likeness(old, item))
    )
    for _, _, place, index in scored:
        if results[index] is None and place in left:
            results[index] = place
            del left[place]
    if len(before) == len(after):
        # What says nothing about what it was before is still in its place.
        for index, item in enumerate(after):
            if results[index] is None and index in left and _shape(left[index]) is _shape(item):
                results[index] = index
    return results


def _equal(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Match equal items, by new and old index: those at both ends first."""
    shorter = min(len(old), len(new))
    start = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    end = next((place for place in range(shorter - start) if old[-1 - place] != new[-1 - place]), shorter - start)
    pairs = {place: place for place in range(start)}
    pairs |= {len(new) - 1 - place: len(old) - 1 - place for place in range(end)}
    left = [place for place in range(len(old)) if start <= place < len(old) - end]
    for index in range(start, len(new) - end):
        place = next((place for place in left if old[place] == new[index]), None)
        if place is not None:
            pairs[index] = place
            left.remove(place)
    return pairs


def likeness(value: Any, other: Any) -> int:
    """Score the likeness of two different items; 0 where they are about different things."""
    value, other = _mapping(value), _mapping(other)
    if any(value.get(name) != other.get(name) for name in _NAMES):
        return 0
    shared = value.keys() & other.keys()
    equal = sum(canonical(value[key]) == canonical(other[key]) for key in shared)
    inside = sum(isinstance(value[key], list | dict) and type(value[key]) is type(other[key]) for key in shared)
    return 2 * equal + sum(_overlap(value[key], other[key]) for key in shared) + inside


def _overlap(values: Any, other: Any) -> int:
    if not (isinstance(values, list) and isinstance(other, list)):
        return 0
    return len({canonical(item) for item in values} & {canonical(item) for item in other})


def _mapping(item: Any) -> dict[str, Any]:
    """Return an item as a mapping; the name of a section stands for a section without settings."""
    if isinstance(item, dict):
        return item
    return {"type": item} if isinstance(item, str) else {}


def _shape(item: Any) -> type:
    return type(item) if isinstance(item, dict | list) else str

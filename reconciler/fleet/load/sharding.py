"""Shards: a part of a fleet for each of several jobs that know nothing of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.fleet.model import Batch, Refused


def part(
    batches: Sequence[Batch], refused: Sequence[Refused], number: int, of: int
) -> tuple[tuple[Batch, ...], tuple[Refused, ...]]:
    """Return the shard of a job, `number` from 1; all shards together are the fleet, each part once.

    Whole batches are dealt, the largest first, each to the smallest shard: the same files make the same shards.
    """
    loads = [0] * of
    mine: list[Batch] = []
    for batch in sorted(batches, key=lambda item: -len(item.members)):
        least = loads.index(min(loads))
        loads[least] += len(batch.members)
        if least == number - 1:
            mine.append(batch)
    return tuple(mine), tuple(refused[number - 1 :: of])

"""Loads of people into a new database, to a million: against the driver's executemany, and how they grow.

Each load is a process of the measured installation. The largest files are kept: other parts ask them.
"""

from __future__ import annotations

import json
import subprocess
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.findings import Amount, Curve, Finding, Limit, Ratio, Spread
from benchmarks.places import ROOT, Stage
from benchmarks.processes import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SIZES = (10_000, 100_000, 1_000_000)
FLOOR = "executemany, and indexes after it"
_ROUNDS = 3
"""Of the smallest; the others are loaded once."""
_START = "import sys; sys.path.append(sys.argv.pop(1)); from benchmarks.filling_made import main; main(*sys.argv[1:])"

Loaded = dict[str, float]


def measure(stage: Stage) -> Iterator[Finding]:
    taken: dict[int, list[Loaded]] = {}
    for people in SIZES:
        rounds = _ROUNDS if people == SIZES[0] else 1
        taken[people] = [_loaded(stage, people) for _ in range(rounds)]
        yield from _compared(people, taken[people])
    each = {people: median(one["processor"] for one in found) / people for people, found in taken.items()}
    few, many = SIZES[0], SIZES[-1]
    spread = Spread.of([each[many] / each[few]])
    work, against = f"load of {many:,} people, for each", f"of {few:,} people, for each"
    yield Ratio(work, against, spread, spread, None, each[many], 1, Limit(1.5))
    yield _memory(taken)
    points = {name: [(size, median(one[key] for one in taken[size])) for size in SIZES] for key, name in _SHOWN.items()}
    yield Curve("Load of people", "people", "seconds of processor", points)


_SHOWN = {"processor": "load", "floor": FLOOR, "making": "making them up"}


def _compared(people: int, taken: Sequence[Loaded]) -> Iterator[Finding]:
    """Compare a load with its floor; once as it is, once without what nobody does to people who are there already."""
    limit = Limit(2) if people == SIZES[-1] else None
    seconds = median(one["clock"] for one in taken)
    work = f"load of {people:,} people"
    for name, less in ((work, 0), (f"{work}, less making them up", 1)):
        spread = Spread.of([(one["processor"] - less * one["making"]) / one["floor"] for one in taken])
        yield Ratio(name, FLOOR, spread, spread, None, seconds, len(taken), limit)


def _memory(taken: Mapping[int, Sequence[Loaded]]) -> Finding:
    most = {people: round(max(one["memory"] for one in found)) for people, found in taken.items()}
    ours = most.pop(SIZES[-1])
    peers = {f"{people:,} people": float(one) for people, one in most.items()}
    return Amount(f"load of {SIZES[-1]:,} people", "MiB at most", ours, peers, Limit(128))


def _loaded(stage: Stage, people: int) -> Loaded:
    command = [str(stage.python), "-c", _START, str(ROOT), str(stage.peers), str(people), str(stage.folder)]
    ran = subprocess.run(command, cwd=stage.folder, env=clean_environment(), stdout=subprocess.PIPE, check=True)
    taken: dict[str, Any] = json.loads(ran.stdout)
    return taken

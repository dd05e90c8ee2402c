"""The public API among a million people: a page of each list, searches by one field, and tickets by their text."""

from __future__ import annotations

import json
import subprocess
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks import people
from benchmarks.findings import Amount, Finding, Limit, Ratio, Spread
from benchmarks.places import ROOT, Stage
from benchmarks.processes import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (10_000, 1_000_000)
_START = "import sys; sys.path.append(sys.argv.pop(1)); from benchmarks.lists_asked import main; main(sys.argv[1:])"


def measure(stage: Stage) -> Iterator[Finding]:
    files = [str(people.crowd(stage, size)) for size in SIZES]
    command = [str(stage.python), "-c", _START, str(ROOT), str(stage.fewer()), *files]
    asked = subprocess.run(
        command, cwd=stage.new_folder("lists"), env=clean_environment(), stdout=subprocess.PIPE, check=True
    )
    found: dict[str, Any] = json.loads(asked.stdout)
    few, many = (f"{size:,} people" for size in SIZES)
    for work, taken in found["pages"].items():
        spread = Spread.of([one / other for one, other in zip(taken[-1], taken[0], strict=True)])
        seconds = median(taken[-1])
        rounds = len(taken[-1])
        yield Ratio(f"{work}, among {many}", f"among {few}", spread, spread, None, seconds, rounds, Limit(1.5))
        yield Amount(f"{work}, among {many}", "ms of processor", _milliseconds(taken[-1]), {}, Limit(10))
    for work, taken in found["searches"].items():
        peers = {few: _milliseconds(taken[0])}
        yield Amount(f"{work}, among {many}", "ms of processor", _milliseconds(taken[-1]), peers, Limit(20))


def _milliseconds(taken: list[float]) -> float:
    return round(median(taken) * 1000, 2)

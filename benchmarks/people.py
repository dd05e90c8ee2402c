"""A million people and fifty thousand companies, on SQLite and on PostgreSQL: ours against SQL written by hand."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks import cluster
from benchmarks.findings import Amount, Curve, Finding, Limit, NotMeasured, Ratio, Spread
from benchmarks.places import ROOT, Stage
from benchmarks.processes import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CALLED = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_BY_HAND = "SQL by hand"
_FEW_SECONDS = 0.06
"""A preview that takes no longer by hand may take two milliseconds more; of others the ratio counts."""
# The installed package comes first on the path, the benchmarks last.
_START = "import sys; sys.path.append(sys.argv.pop(1)); from benchmarks.people_asked import main; main(sys.argv[1:])"


def measure(stage: Stage) -> Iterator[Finding]:
    if missing := cluster.missing():
        yield NotMeasured("a million people", missing)
        return
    for kind, measured in json.loads(_asked(stage, str(max(2, stage.rounds // 5)))).items():
        yield from findings(kind, measured)


def findings(kind: str, measured: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what the answers of one kind of database come to."""
    called = _CALLED[kind]
    for work, taken in measured["compared"].items():
        yield _ratio(f"{called}, 1 M people, {work}", taken)
        if _is_small(work, taken):
            yield _beyond(f"{called}, 1 M people, {work}", taken)
    seconds = median(measured["expectations"])
    work = f"{called}, 1 M people, expectations: 100 people checked in one request"
    yield Amount(work, "milliseconds", round(seconds * 1000, 1), {}, None)
    yield from _growth(called, measured["growth"])


def crowd(stage: Stage, people: int) -> Path:
    """Return a SQLite database with so many made-up people, made if it is not there yet; copy it before a change."""
    return Path(_asked(stage, "make", str(people)).strip())


def _asked(stage: Stage, *arguments: str) -> str:
    command = [str(stage.python), "-c", _START, str(ROOT), str(stage.peers), *arguments]
    asked = subprocess.run(
        command, cwd=stage.folder, env=clean_environment(), stdout=subprocess.PIPE, text=True, check=True
    )
    return asked.stdout


def _ratio(work: str, taken: Mapping[str, Sequence[float]]) -> Ratio:
    pairs = list(zip(taken["ours"], taken["by hand"], strict=True))
    checks = "access checks" in work
    spread = Spread.of([one / other for one, other in pairs])
    against = "each row by its key" if checks else _BY_HAND
    limit = None if _is_small(work, taken) else Limit(2.0 if checks else 1.3)
    return Ratio(work, against, spread, None, None, median(taken["ours"]), len(pairs), limit)


def _is_small(work: str, taken: Mapping[str, Sequence[float]]) -> bool:
    """Whether it is a preview of so few milliseconds that making its statements counts."""
    return "preview" in work and median(taken["by hand"]) <= _FEW_SECONDS


def _beyond(work: str, taken: Mapping[str, Sequence[float]]) -> Amount:
    more = median(one - other for one, other in zip(taken["ours"], taken["by hand"], strict=True)) * 1000
    return Amount(f"{work}: beyond SQL by hand", "milliseconds", round(more, 2), {}, Limit(2))


def _growth(called: str, growth: Mapping[str, Mapping[str, Sequence[float]]]) -> Iterator[Finding]:
    points: dict[str, list[tuple[float, float]]] = {}
    for name, taken in growth.items():
        sizes = sorted(taken, key=int)
        points[name] = [(int(size), median(taken[size]) * 1000) for size in sizes]
        pairs = list(zip(taken[sizes[-1]], taken[sizes[0]], strict=True))
        yield Ratio(
            f"{called}, preview of the same few people by {name}: among 1 M",
            "among 10,000",
            Spread.of([one / other for one, other in pairs]),
            None,
            None,
            median(taken[sizes[-1]]),
            len(pairs),
            Limit(2.0),
        )
    yield Curve(f"{called}: preview of few among ever more people", "people", "milliseconds", points)

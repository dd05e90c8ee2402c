"""Access checks and the portal's page over HTTP under load, with a million people, against an empty view.

The empty view is one that answers a constant, in the same framework, behind the same server with the same settings; a
bare WSGI callable is the harder floor. What wrk sends differs from request to request: another person each time, and
for what is asked anew a header that no other request has, so that no kept answer is for it. Every answer is looked at,
and a single wrong one, or one that does not come, ends the measurement.
"""

from __future__ import annotations

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import cluster
from benchmarks.crowds import KINDS, PEOPLE, crowds
from benchmarks.findings import Amount, Curve, Finding, Limit, Load, NotMeasured, Ratio, Spread
from benchmarks.load_made import AGAIN, CHECK, PAGE, Asked, copied, floor, set_up
from benchmarks.places import program
from benchmarks.processes import WrongOutput
from benchmarks.servers import HOST, PROCESSES, bare_callable, empty_view, workspace
from benchmarks.watched import processor, resident

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.places import Stage

CONNECTIONS = (1, 8, 64)
SECONDS = 2
"""How long each load lasts, once a round."""
BESIDE = 4
"""Over how many connections pages are loaded beside checks, and checks beside pages."""
NOTHING, BARE = "an empty view", "a bare WSGI callable"
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_LITE, _PG = TITLES.values()
_TARGETS = {CHECK: 1.0, f"{CHECK}{AGAIN}": 3.0, PAGE: 0.25, f"{PAGE}{AGAIN}": 1.0}
"""How many times the rate of the empty view each is to reach on SQLite."""
_SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True)
class Answered:
    """What came of one load.

    Attributes:
        count: How many answers.
        rate: How many of them a second.
        waits: How long they took, in milliseconds: half, 95 and 99 in a hundred at most so long.
        processor: How many seconds of processor each took, of the server and its database.
    """

    count: int
    rate: float
    waits: tuple[float, float, float]
    processor: float


Taken = dict[tuple[str, str, int], list[Answered]]
"""What came of each load, by what was asked, of which database, over how many connections; a value a round."""


def measure(stage: Stage) -> Iterator[Finding]:
    work = f"access checks over HTTP under load, {PEOPLE:,} people"
    if not program("wrk"):
        yield NotMeasured(work, "wrk is absent: `benchmarks/programs.sh .bench/programs` brings it")
        return
    if missing := cluster.missing():
        yield NotMeasured(work, missing)
        return
    with crowds(stage.peers) as kept, ExitStack() as open_:
        asked = [floor(stage, NOTHING, open_.enter_context(empty_view(stage)))]
        asked.append(floor(stage, BARE, open_.enter_context(bare_callable(stage))))
        for kind in KINDS:
            database = open_.enter_context(copied(stage, kept, kind))
            port = open_.enter_context(workspace(stage, database))
            processes = (PROCESSES[port], *([] if kind == KINDS[0] else [cluster.postmaster(stage.peers)]))
            asked += set_up(stage, TITLES[kind], str(database), (port, processes))
        rounds = max(1, stage.rounds // 5)
        taken = _interleaved(asked, rounds)
        yield from _findings(taken)
        yield from _beside(asked, rounds)
        for one in asked:
            if one.work == PAGE:
                limit = Limit(256) if one.where == _LITE else None
                mebibytes = round(resident(one.processes[0]))
                yield Amount(
                    f"{one.where}, {PEOPLE:,} people, a worker after all of this", "MiB resident", mebibytes, {}, limit
                )
    answers = sum(one.count for found in taken.values() for one in found)
    yield Amount(f"errors in {answers:,} answers under load", "errors", 0, {}, Limit(0))


# --- the load -------------------------------------------------------------------------------------


def _interleaved(asked: Sequence[Asked], rounds: int) -> Taken:
    for one in asked:
        _loaded(one, CONNECTIONS[1])
    taken: Taken = {(one.work, one.where, many): [] for one in asked for many in CONNECTIONS}
    for number in range(rounds):
        first = number % len(asked)
        for many in CONNECTIONS:
            for one in (*asked[first:], *asked[:first]):
                if one.work.endswith(AGAIN):
                    # What was asked anew in between has pushed out what was kept.
                    _loaded(one, CONNECTIONS[1], 1)
                taken[one.work, one.where, many].append(_loaded(one, many))
    return taken


def _loaded(asked: Asked, connections: int, seconds: int = 0) -> Answered:
    command = [program("wrk"), "-t1", f"-c{connections}", f"-d{seconds or SECONDS}s", "--timeout", "30s", "-s", _SCRIPT]
    # Numbers of requests begin with the moment: no two loads have the same.
    command += [f"http://{HOST}:{asked.port}/", "--", asked.file, asked.mark, str(time.time_ns() // 1000)]
    before = sum(map(processor, asked.processes))
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False)
    taken = sum(map(processor, asked.processes)) - before
    last = done.stdout.strip().rpartition("\n")[2]
    found = json.loads(last) if last.startswith("{") else {"failed": 1}
    if done.returncode or found["failed"] or not found["requests"]:
        raise WrongOutput(f"{asked.work} over {connections} connections failed:\n{done.stdout}{done.stderr}")
    waits = (found["p50"] / 1000, found["p95"] / 1000, found["p99"] / 1000)
    count = found["requests"]
    return Answered(count, count / found["microseconds"] * 1_000_000, waits, taken / count)


def _beside(asked: Sequence[Asked], rounds: int) -> Iterator[Finding]:
    """Load pages and, in the middle of that, checks."""
    of = {(one.work, one.where): one for one in asked}
    for where in TITLES.values():
        waits = []
        for _ in range(rounds):
            with ThreadPoolExecutor(1) as pool:
                pages = pool.submit(_loaded, of[PAGE, where], BESIDE, 2 * SECONDS + 2)
                time.sleep(1)
                waits.append(_loaded(of[CHECK, where], BESIDE, 2 * SECONDS).waits[2])
                pages.result()
        work = f"{where}, {PEOPLE:,} people: 99 % of access checks while pages are loaded, {BESIDE} connections each"
        yield Amount(work, "ms at most", round(median(waits), 1), {}, Limit(50) if where == _PG else None)


# --- what it comes to -----------------------------------------------------------------------------


def _findings(taken: Taken) -> Iterator[Finding]:
    for where in TITLES.values():
        for work, target in _TARGETS.items():
            limit = Limit(target, at_least=True) if where == _LITE else None
            yield _rates(taken, (work, where), (NOTHING, ""), limit)
            yield _rates(taken, (work, where), (BARE, ""), None)
            each = median(one.processor for many in CONNECTIONS[1:] for one in taken[work, where, many]) * 1000
            most = Limit(1) if where == _PG and work == CHECK else None
            of = "the server" if where == _LITE else "the server and PostgreSQL"
            yield Amount(f"{work}, {PEOPLE:,} people, {where}", f"ms of processor of {of}", round(each, 3), {}, most)
    yield _page_against_sqlite(taken)
    for where in TITLES.values():
        names = {NOTHING: "", BARE: "", **dict.fromkeys((CHECK, PAGE), where)}
        lines = {
            work: [(many, median(one.rate for one in taken[work, of, many])) for many in CONNECTIONS]
            for work, of in names.items()
        }
        yield Curve(f"Answers a second by connections, {where}", "connections", "answers a second", lines)
    for (work, where, many), found in taken.items():
        p50, p95, p99 = (median(one.waits[place] for one in found) for place in range(3))
        rate = median(one.rate for one in found)
        yield Load(work, f"{where}, 1 worker" if where else "1 worker", many, rate, (p50, p95, p99))


def _pairs(taken: Taken, ours: tuple[str, str], other: tuple[str, str]) -> list[tuple[Answered, Answered]]:
    return [pair for many in CONNECTIONS for pair in zip(taken[(*ours, many)], taken[(*other, many)], strict=True)]


def _rates(taken: Taken, ours: tuple[str, str], other: tuple[str, str], limit: Limit | None) -> Ratio:
    """Return how many times the rate of the other is reached; by processor time too, how many for that of one."""
    pairs = _pairs(taken, ours, other)
    rates = Spread.of([one.rate / two.rate for one, two in pairs])
    busy = Spread.of([two.processor / one.processor for one, two in pairs])
    work, where = ours
    told = f"{work} over HTTP, {PEOPLE:,} people, {where}: rate at 1 to {max(CONNECTIONS)} connections"
    return Ratio(told, other[0], rates, busy, None, median(1 / one.rate for one, _ in pairs), len(pairs), limit)


def _page_against_sqlite(taken: Taken) -> Ratio:
    pairs = _pairs(taken, (PAGE, _PG), (PAGE, _LITE))
    clock = Spread.of([two.rate / one.rate for one, two in pairs])
    busy = Spread.of([one.processor / two.processor for one, two in pairs])
    seconds = median(1 / one.rate for one, _ in pairs)
    return Ratio(f"{PAGE} over HTTP, {PEOPLE:,} people, {_PG}", _LITE, clock, busy, None, seconds, len(pairs), Limit(2))

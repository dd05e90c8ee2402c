"""Fleets, many portals in many files: applied, planned with nothing to do, and how both grow; as many zones beside."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.findings import Amount, Curve, Finding, Limit, NotMeasured, Ratio, Spread, ratio
from benchmarks.fleets_made import PLAN, ZONES, Fleet, applied, copied
from benchmarks.floors import DIGESTED, FLEET, FLEET_HELD, READ, fleet_floors, reading_floors
from benchmarks.places import clustered
from benchmarks.processes import interleaved, run
from benchmarks.proxy import between
from benchmarks.servers import nameserver_missing
from benchmarks.watched import processor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.places import Stage
    from benchmarks.processes import Command, Spent

PROCESSES, CHANGED, UNMOVED = "portal plan, 2 processes", "1 % changed", "nothing moved"
SIZES = (1_000, 10_000)
"""Settings of the fleets that are applied, and compared with octoDNS."""
LARGEST = 100_000
"""Settings of the fleet that is copied from the largest of them: octoDNS would take minutes for each plan."""
PAGE = 100
_PER_TEN = Limit(10.5)
_SAME = Limit(1.2)
_SERVED = 10_000
"""So many settings are planned, in one plan or several, to see what the server takes."""


@dataclass(frozen=True)
class _Planned:
    """What plans of a fleet took: each command in each round, and the server for one plan, in seconds."""

    fleet: Fleet
    taken: dict[str, list[Spent]]
    server: float


def measure(stage: Stage) -> Iterator[Finding]:
    if missing := nameserver_missing():
        yield NotMeasured("fleets against octoDNS", missing)
    with ExitStack() as open_:
        fleets, applies = [], []
        for size in SIZES:
            fleet, took = applied(stage, size, open_)
            fleets.append(fleet)
            applies.append(took)
            yield from _applied(fleet, took)
        yield _per_portal(fleets, applies)
        planned = [_planned(fleet) for fleet in fleets]
        for one in planned:
            yield from _compared(one)
            yield from _counted(one.fleet)
        planned.append(_planned(copied(fleets[-1], LARGEST, open_)))
        yield from _unmoved(planned[-1])
    for few, many in pairwise(planned):
        yield from _growth(few, many)
    yield from _flat(planned[-2], planned[-1])
    yield _curve("No-op plan of a fleet, whole process", planned)
    points = {"client": [(one.fleet.settings, _processor(one)) for one in planned]}
    points["server"] = [(one.fleet.settings, one.server) for one in planned]
    yield Curve("No-op plan of a fleet, processor of client and server", "settings", "seconds of processor", points)


# --- applies --------------------------------------------------------------------------------------


def _applied(fleet: Fleet, took: Mapping[str, Spent]) -> Iterator[Finding]:
    work = f"apply of {fleet.portals:,} portals, the server too"
    if ZONES in took:
        limit = Limit(1) if fleet.settings == SIZES[-1] else None
        yield ratio(work, {name: [one] for name, one in took.items()}, PLAN, ZONES, limit)
    milliseconds = {name: one.processor * 1000 / fleet.portals for name, one in took.items()}
    yield Amount(work, "ms of processor each", round(milliseconds.pop(PLAN), 1), milliseconds, None)


def _per_portal(fleets: Sequence[Fleet], applies: Sequence[Mapping[str, Spent]]) -> Finding:
    (clock, other_clock), (busy, other_busy) = (
        [getattr(took[PLAN], name) / fleet.portals for fleet, took in zip(fleets, applies, strict=True)]
        for name in ("clock", "processor")
    )
    work = f"apply of {fleets[-1].portals:,} portals, for each"
    against = f"of {fleets[0].portals:,} portals, for each"
    by_clock, by_processor = (Spread.of([one]) for one in (other_clock / clock, other_busy / busy))
    return Ratio(work, against, by_clock, by_processor, None, other_clock, 1, _SAME)


# --- plans ----------------------------------------------------------------------------------------


def _planned(fleet: Fleet) -> _Planned:
    """Run everything in the same rounds."""
    files = fleet.folder / "portals"
    unmoved = fleet.plan(UNMOVED, "--cache", fleet.folder / "cache")
    commands = [fleet.plan(PLAN), unmoved, *reading_floors(fleet.stage, files)]
    rounds = 1
    if fleet.settings < LARGEST:
        rounds = max(1, fleet.stage.rounds // 5)
        commands += [
            _clustered(fleet),
            fleet.plan(CHANGED, portals="changed", says=" to change"),
            *fleet_floors(fleet.stage, files, fleet.ours),
        ]
    if fleet.peers is not None:
        commands.append(fleet.sync(fleet.peers))
    taken = interleaved(commands, rounds)
    times = max(1, _SERVED // fleet.settings)
    before = processor(fleet.server)
    for _ in range(times):
        run(fleet.plan(PLAN))
    return _Planned(fleet, taken, (processor(fleet.server) - before) / times)


def _clustered(fleet: Fleet) -> Command:
    """Return the plan of two processes, by the installation that can have them."""
    command = fleet.plan(PROCESSES, "--executor", "processes", "--jobs", "2")
    return replace(command, argv=[clustered(fleet.stage.peers) / "portal", *command.argv[1:]])


def _compared(one: _Planned) -> Iterator[Finding]:
    work, taken = one.fleet.work, one.taken
    largest = one.fleet.settings == SIZES[-1]
    if ZONES in taken:
        yield ratio(work, taken, PLAN, ZONES, Limit(0.2 if largest else 0.5))
    yield ratio(work, taken, PLAN, FLEET)
    yield ratio(work, taken, PLAN, FLEET_HELD, Limit(1.6) if largest else None)
    yield ratio(f"{work}, 2 processes", taken, PROCESSES, FLEET_HELD)
    yield ratio(f"{work}, 1 % of the settings changed", taken, CHANGED, PLAN, Limit(1.15))
    yield from _unmoved(one)
    theirs = {ZONES: round(_mebibytes(taken[ZONES]), 1)} if ZONES in taken else {}
    limit = Limit(theirs.get(ZONES, 47)) if largest else None
    yield Amount(work, "MiB of memory", round(_mebibytes(taken[PLAN]), 1), theirs, limit)


def _unmoved(one: _Planned) -> Iterator[Finding]:
    work = f"{one.fleet.work}, nothing moved since (304)"
    yield ratio(work, one.taken, UNMOVED, READ, Limit(0.4))
    yield ratio(work, one.taken, UNMOVED, DIGESTED)


def _counted(fleet: Fleet) -> Iterator[Finding]:
    """Count requests, which do not drift."""
    with between(fleet.ours) as proxy:
        run(fleet.plan(PLAN, port=proxy.port))
        requests, writes = len(proxy.sent), proxy.writes
    peers = {}
    if fleet.peers is not None:
        with between(fleet.peers) as proxy:
            run(fleet.sync(proxy.port))
            peers[ZONES] = float(len(proxy.sent))
    # A page of portals at a time, and one question for other managers.
    yield Amount(fleet.work, "HTTP requests", requests, peers, Limit(-(-(fleet.portals + 1) // PAGE) + 1))
    yield Amount(fleet.work, "writes", writes, {}, Limit(0))


# --- growth ---------------------------------------------------------------------------------------


def _growth(few: _Planned, many: _Planned) -> Iterator[Finding]:
    against = f"{few.fleet.settings:,} settings"
    work = f"no-op plan of a fleet, {many.fleet.settings:,} settings"
    clock, busy = (
        Spread.of(
            [median(getattr(one, name) for one in many.taken[PLAN]) / getattr(other, name) for other in few.taken[PLAN]]
        )
        for name in ("clock", "processor")
    )
    seconds = median(one.clock for one in many.taken[PLAN])
    # The target is held against the processor's time, which others on the machine disturb least.
    yield Ratio(f"{work}: processor of the client", against, busy, busy, None, seconds, len(many.taken[PLAN]), _PER_TEN)
    yield Ratio(f"{work}: by the clock", against, clock, busy, None, seconds, len(many.taken[PLAN]), None)
    served = Spread.of([many.server / few.server])
    yield Ratio(f"{work}: processor of the server", against, served, served, None, many.server, 1, _PER_TEN)


def _flat(few: _Planned, many: _Planned) -> Iterator[Finding]:
    one, other = (_mebibytes(found.taken[PLAN]) for found in (many, few))
    peers = {f"{few.fleet.settings:,} settings": round(other, 1)}
    yield Amount(f"{many.fleet.work}: flat beyond", "MiB of memory", round(one, 1), peers, Limit(round(other * 1.1, 1)))


def _curve(title: str, planned: Sequence[_Planned]) -> Curve:
    names = dict.fromkeys(name for one in planned for name in one.taken)
    points = {
        name: [
            (one.fleet.settings, median(spent.clock for spent in one.taken[name]))
            for one in planned
            if name in one.taken
        ]
        for name in names
    }
    return Curve(title, "settings", "seconds", points)


def _processor(one: _Planned) -> float:
    return median(spent.processor for spent in one.taken[PLAN])


def _mebibytes(taken: Sequence[Spent]) -> float:
    return median(one.memory for one in taken) / 2**20

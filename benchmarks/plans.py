"""A plan that finds nothing to do: `portal` against octoDNS with a real PowerDNS, whole processes over loopback."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import configured, ours
from benchmarks.findings import Amount, Curve, Finding, Limit, NotMeasured, ratio
from benchmarks.floors import floors
from benchmarks.ours import portal_apply, portal_plan, work
from benchmarks.places import Stage, octodns
from benchmarks.processes import Command, interleaved, run
from benchmarks.proxy import between
from benchmarks.servers import DNS_KEY, nameserver, nameserver_missing, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

OURS, PEER = ours.PLAN, "octoDNS"
SIZES = (configured.BASE, 100, 1_000, 4_000)
"""Settings in one file; the largest is near the most that one file may hold."""
LATENCY = 0.05


@dataclass(frozen=True)
class _Pair:
    """The same amount of configuration for both, applied to a server each.

    Attributes:
        ours: Port of the workspace.
        peers: Port of the PowerDNS's API; None where there is none.
    """

    stage: Stage
    folder: Path
    ours: int
    peers: int | None

    def plan(self, port: int) -> Command:
        return portal_plan(self.stage, self.folder, port)

    def sync(self, port: int) -> Command:
        settings = self.folder / f"{port}.yaml"
        settings.write_text(configured.octodns(self.folder / "zones", port, DNS_KEY))
        argv: list[str | Path] = [
            octodns(self.stage.peers) / "octodns-sync",
            "--config-file",
            settings,
        ]
        return Command(PEER, argv, "No changes were planned", folder=self.folder)

    def apply(self) -> None:
        """Make both what their files say."""
        run(portal_apply(self.stage, self.folder, self.ours))
        if self.peers is not None:
            run(Command("octodns-sync --doit", [*self.sync(self.peers).argv, "--doit"], "total changes"))


def measure(stage: Stage) -> Iterator[Finding]:
    if missing := nameserver_missing():
        yield NotMeasured("no-op plan against octoDNS", missing)
    with ExitStack() as open_:
        pairs = {size: _pair(stage, size, open_) for size in SIZES}
        for size, pair in pairs.items():
            yield from _counted(pair, size)
        smallest = pairs[SIZES[0]]
        if smallest.peers is not None:
            yield from _compared(smallest, SIZES[0])
        yield from _growth(stage, pairs)


def _compared(pair: _Pair, size: int) -> Iterator[Finding]:
    """Compare one portal with one zone, over loopback and over a distance."""
    assert pair.peers is not None  # noqa: S101 (whoever calls has looked)
    taken = interleaved([pair.plan(pair.ours), pair.sync(pair.peers)], pair.stage.rounds)
    yield ratio(work(size), taken, OURS, PEER, Limit(0.5))
    ours, theirs = (round(median(one.memory for one in taken[name]) / 2**20, 1) for name in (OURS, PEER))
    yield Amount(work(size), "MiB of memory", ours, {PEER: theirs}, Limit(32))
    with between(pair.ours, LATENCY) as one, between(pair.peers, LATENCY) as other:
        taken = interleaved([pair.plan(one.port), pair.sync(other.port)], pair.stage.fewer())
    yield ratio(f"{work(size)}, 50 ms of latency", taken, OURS, PEER)


def _growth(stage: Stage, pairs: Mapping[int, _Pair]) -> Iterator[Finding]:
    """Compare all sizes in the same rounds, so that they can be compared with each other too."""
    commands: dict[tuple[str, int], Command] = {}
    for size, pair in pairs.items():
        commands[OURS, size] = pair.plan(pair.ours)
        if pair.peers is not None:
            commands[PEER, size] = pair.sync(pair.peers)
        for floor in floors(stage, pair.folder / "portal.yaml", pair.ours):
            commands[floor.name, size] = floor
    named = {key: replace(command, name=" ".join(map(str, key))) for key, command in commands.items()}
    taken = interleaved(list(named.values()), stage.fewer())
    points: dict[str, list[tuple[float, float]]] = {}
    for (name, size), command in named.items():
        points.setdefault(name, []).append((size, median(one.clock for one in taken[command.name])))
    for name, size in named:
        # The smallest was compared with its peer in more rounds.
        if name != OURS and not (name == PEER and size == SIZES[0]):
            both = {OURS: taken[named[OURS, size].name], name: taken[named[name, size].name]}
            yield ratio(work(size), both, OURS, name)
    yield Curve("No-op plan of one file, whole process", "settings in the file", "seconds", points)


def _pair(stage: Stage, size: int, open_: ExitStack) -> _Pair:
    folder = stage.new_folder(f"plans-{size}")
    (folder / "zones").mkdir()
    text = configured.portal(size)
    (folder / "portal.yaml").write_text(text)
    (folder / "zones" / f"{configured.ZONE}.yaml").write_text(configured.zone(size, len(text)))
    ours = open_.enter_context(workspace(stage, folder / "workspace.db"))
    peers = None if nameserver_missing() else open_.enter_context(nameserver(folder))
    pair = _Pair(stage, folder, ours, peers)
    pair.apply()
    return pair


def _counted(pair: _Pair, size: int) -> Iterator[Finding]:
    """Count requests, which do not drift."""
    counts: dict[str, tuple[int, int]] = {}
    with between(pair.ours) as proxy:
        run(pair.plan(proxy.port))
        counts[OURS] = len(proxy.sent), proxy.writes
    if pair.peers is not None:
        with between(pair.peers) as proxy:
            run(pair.sync(proxy.port))
            counts[PEER] = len(proxy.sent), proxy.writes
    others = {name: found for name, found in counts.items() if name != OURS}
    for place, (unit, limit) in enumerate((("HTTP requests", Limit(1)), ("writes", Limit(0)))):
        peers = {name: float(found[place]) for name, found in others.items()}
        yield Amount(work(size), unit, counts[OURS][place], peers, limit)

"""A plan of a fleet that finds nothing to do: many portals in many files, as many records in as many zones."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import configured
from benchmarks.findings import Amount, Curve, Finding, Limit, NotMeasured, Ratio, Spread, ratio
from benchmarks.floors import FLEET, FLEET_HELD, READ, fleet_floors
from benchmarks.kubernetes import KUBECTL, kubectl_apply, kubectl_diff, kubernetes, kubernetes_missing
from benchmarks.places import Stage, octodns
from benchmarks.processes import Command, interleaved, run
from benchmarks.proxy import between
from benchmarks.servers import DNS_KEY, HOST, TOKEN, nameserver, nameserver_missing, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.processes import Spent

PLAN, PROCESSES, CHANGED, UNMOVED = "portal plan", "portal plan, 2 processes", "1 % changed", "nothing moved"
ZONES = "octoDNS"
SIZES = (1_000, 10_000)
PAGE = 100
_LARGEST = SIZES[-1]


@dataclass(frozen=True)
class _Fleet:
    """So many portals in one workspace, as many zones in a PowerDNS, and as many objects in a Kubernetes.

    Attributes:
        settings: How many settings there are in all.
        portals: How many configurations that makes.
        folder: Where the files are.
        ours: Port of the workspace.
        peers: Port of the PowerDNS's API; None where there is none.
        cluster: Whether there is a Kubernetes.
    """

    stage: Stage
    settings: int
    portals: int
    folder: Path
    ours: int
    peers: int | None
    cluster: bool

    def plan(self, name: str, *more: str | Path, portals: str = "portals", port: int = 0, says: str = "") -> Command:
        site = f"http://{HOST}:{port or self.ours}"
        argv: list[str | Path] = [self.stage.portal, "plan", "-f", portals, "--workspace", site, *more]
        expected = says or f"{self.portals + 1:,} as described."
        return Command(name, argv, expected, folder=self.folder, environment={"PORTAL_TOKEN": TOKEN})

    def sync(self, port: int) -> Command:
        settings = self.folder / f"octodns-{port}.yaml"
        zones = [_zone(number) for number in range(self.portals)]
        settings.write_text(configured.octodns(self.folder / "zones", port, DNS_KEY, zones))
        argv: list[str | Path] = [octodns(self.stage.peers) / "octodns-sync", "--config-file", settings]
        return Command(ZONES, argv, "No changes were planned", folder=self.folder)

    def apply(self) -> None:
        """Make all of it what the files say: first what belongs to the whole workspace, which the others need."""
        for portals, says in (("portals/shared.yaml", "Applied"), ("portals", f"{self.portals:,} applied")):
            plan = self.plan(PLAN, portals=portals)
            argv = [self.stage.portal, "apply", "--yes", "--quiet", "--allow", "widens_access", *list(plan.argv)[2:]]
            run(replace(plan, name="portal apply", argv=argv, says=says))
        if self.cluster:
            run(kubectl_apply(self.folder))
        if self.peers is not None:
            sync = self.sync(self.peers)
            # It asks for --force before it makes so much.
            run(replace(sync, name="octodns-sync --doit", argv=[*sync.argv, "--doit", "--force"], says="total changes"))


def measure(stage: Stage) -> Iterator[Finding]:
    if missing := nameserver_missing():
        yield NotMeasured("no-op plan of a fleet against octoDNS", missing)
    if missing := kubernetes_missing(stage):
        yield NotMeasured("no-op plan of a fleet against kubectl diff", missing)
    with ExitStack() as open_:
        fleets = [_fleet(stage, size, open_) for size in SIZES]
        taken = {fleet.settings: _taken(fleet) for fleet in fleets}
        for fleet in fleets:
            yield from _compared(fleet, taken[fleet.settings])
            yield from _counted(fleet)
        yield from _growth(taken)


def _taken(fleet: _Fleet) -> dict[str, list[Spent]]:
    """Run everything in the same rounds."""
    cache = fleet.folder / "cache"
    commands = [
        fleet.plan(PLAN),
        fleet.plan(PROCESSES, "--executor", "processes", "--jobs", "2"),
        fleet.plan(CHANGED, portals="changed", says=" to change"),
        fleet.plan(UNMOVED, "--cache", cache),
        *fleet_floors(fleet.stage, fleet.folder / "portals", fleet.ours),
    ]
    if fleet.peers is not None:
        commands.append(fleet.sync(fleet.peers))
    if fleet.cluster:
        commands.append(kubectl_diff(fleet.folder))
    return interleaved(commands, fleet.stage.fewer())


def _compared(fleet: _Fleet, taken: dict[str, list[Spent]]) -> Iterator[Finding]:
    work = _work(fleet.settings, fleet.portals)
    largest = fleet.settings >= _LARGEST
    if ZONES in taken:
        yield ratio(work, taken, PLAN, ZONES, Limit(0.5))
    if KUBECTL in taken:
        yield ratio(work, taken, PLAN, KUBECTL, Limit(0.3))
    yield ratio(work, taken, PLAN, FLEET)
    yield ratio(work, taken, PLAN, FLEET_HELD, Limit(1.6) if largest else None)
    yield ratio(f"{work}, 2 processes", taken, PROCESSES, FLEET_HELD)
    yield ratio(f"{work}, 1 % of the settings changed", taken, CHANGED, PLAN, Limit(1.15))
    yield ratio(f"{work}, nothing moved since (304)", taken, UNMOVED, READ, Limit(1.3))
    if ZONES in taken:
        ours, theirs = (median(one.memory for one in taken[name]) / 2**20 for name in (PLAN, ZONES))
        limit = Limit(round(theirs, 1)) if largest else None
        yield Amount(work, "MiB of memory", round(ours, 1), {ZONES: round(theirs, 1)}, limit)


def _counted(fleet: _Fleet) -> Iterator[Finding]:
    """Count requests, which do not drift."""
    work = _work(fleet.settings, fleet.portals)
    with between(fleet.ours) as proxy:
        run(fleet.plan(PLAN, port=proxy.port))
        requests, writes = len(proxy.sent), proxy.writes
    peers = {}
    if fleet.peers is not None:
        with between(fleet.peers) as proxy:
            run(fleet.sync(proxy.port))
            peers[ZONES] = float(len(proxy.sent))
    yield Amount(work, "HTTP requests", requests, peers, Limit(-(-(fleet.portals + 1) // PAGE)))
    yield Amount(work, "writes", writes, {}, Limit(0))


def _growth(taken: dict[int, dict[str, list[Spent]]]) -> Iterator[Finding]:
    few, many = (taken[size] for size in SIZES)
    times = [other.clock / one.clock for one, other in zip(few[PLAN], many[PLAN], strict=True)]
    work = f"no-op plan of a fleet, {SIZES[1]:,} settings"
    seconds = median(one.clock for one in many[PLAN])
    yield Ratio(work, f"{SIZES[0]:,} settings", Spread.of(times), None, None, seconds, len(times), Limit(11))
    points = {
        name: [(float(size), median(one.clock for one in found[name])) for size, found in taken.items()] for name in few
    }
    yield Curve("No-op plan of a fleet, whole process", "settings", "seconds", points)


def _zone(number: int) -> str:
    return f"z{number:05}.{configured.ZONE}"


def _work(settings: int, portals: int) -> str:
    return f"no-op plan of {settings:,} settings in {portals:,} files"


def _fleet(stage: Stage, settings: int, open_: ExitStack) -> _Fleet:
    folder = stage.new_folder(f"fleet-{settings}")
    portals = settings // configured.PER_MEMBER
    for name in ("portals", "changed", "zones", "configmaps"):
        (folder / name).mkdir()
    for name in ("portals", "changed"):
        (folder / name / "shared.yaml").write_text(configured.SHARED)
    every = [configured.member(number) for number in range(portals)]
    for number, text in enumerate(every):
        (folder / "portals" / f"{number:05}.yaml").write_text(text)
        changed = number < settings // 100
        (folder / "changed" / f"{number:05}.yaml").write_text(configured.moved(text) if changed else text)
        zone = folder / "zones" / f"{_zone(number)}.yaml"
        zone.write_text(configured.zone(configured.PER_MEMBER, len(text)))
        (folder / "configmaps" / f"{number:05}.yaml").write_text(configured.member_configmaps(number))
    (folder / "seed.yaml").write_text(json.dumps(configured.workspace(portals)))
    ours = open_.enter_context(workspace(stage, folder / "workspace.db", folder / "seed.yaml"))
    peers = None if nameserver_missing() else open_.enter_context(nameserver(folder))
    if cluster := kubernetes_missing(stage) is None:
        open_.enter_context(kubernetes(stage, folder))
    fleet = _Fleet(stage, settings, portals, folder, ours, peers, cluster)
    fleet.apply()
    return fleet

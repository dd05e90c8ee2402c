"""Fleets to measure: many portals in many files and in one workspace, and as many zones in a PowerDNS."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchmarks import configured
from benchmarks.places import Stage, octodns
from benchmarks.processes import Command, Spent, run
from benchmarks.servers import DNS_KEY, HOST, PROCESSES, TOKEN, nameserver, nameserver_missing, workspace
from benchmarks.watched import processor

if TYPE_CHECKING:
    from pathlib import Path

PLAN, ZONES = "portal plan", "octoDNS"
_TEMPLATE = 0
"""The portal whose rows others are copied from."""


@dataclass(frozen=True)
class Fleet:
    """So many portals in one workspace, and as many zones in a PowerDNS.

    Attributes:
        settings: How many settings there are in all.
        portals: How many configurations that makes.
        folder: Where the files are.
        ours: Port of the workspace.
        peers: Port of the PowerDNS's API; None where there is none.
    """

    stage: Stage
    settings: int
    portals: int
    folder: Path
    ours: int
    peers: int | None

    @property
    def work(self) -> str:
        return f"no-op plan of {self.settings:,} settings in {self.portals:,} files"

    @property
    def server(self) -> int:
        """The process of the workspace."""
        return PROCESSES[self.ours]

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

    def apply(self) -> Spent:
        """Make the workspace what the files say; return what the portals took, the server's part too."""
        # First what belongs to the whole workspace, which the others need.
        run(self._apply("portals/shared.yaml", "Applied"))
        return _with_server(self._apply("portals", f"{self.portals:,} applied"), self.server)

    def apply_peers(self, port: int) -> Spent:
        """Make the PowerDNS what the zones say; return what it took, the server's part too."""
        sync = self.sync(port)
        # It asks for --force before it makes so much.
        command = replace(
            sync, name="octodns-sync --doit", argv=[*sync.argv, "--doit", "--force"], says="total changes"
        )
        return _with_server(command, PROCESSES[port])

    def _apply(self, portals: str, says: str) -> Command:
        plan = self.plan(PLAN, portals=portals)
        argv = [self.stage.portal, "apply", "--yes", "--quiet", "--allow", "widens_access", *list(plan.argv)[2:]]
        return replace(plan, name="portal apply", argv=argv, says=says)


def applied(stage: Stage, settings: int, open_: ExitStack) -> tuple[Fleet, dict[str, Spent]]:
    """Make a fleet by applying it on both sides; return it, and what each side took."""
    folder, portals = _files(stage, settings)
    ours = open_.enter_context(workspace(stage, folder / "workspace.db", folder / "seed.yaml"))
    peers = None if nameserver_missing() else open_.enter_context(nameserver(folder))
    fleet = Fleet(stage, settings, portals, folder, ours, peers)
    took = {PLAN: fleet.apply()}
    if peers is not None:
        took[ZONES] = fleet.apply_peers(peers)
    return fleet, took


def copied(few: Fleet, settings: int, open_: ExitStack) -> Fleet:
    """Make a larger fleet of an applied one: the rows of one of its portals again for each further one.

    An apply of so many would take longer than all that is measured of them. The plan of the files finds nothing to do,
    or the measurement ends.
    """
    folder, portals = _files(few.stage, settings)
    database = folder / "workspace.db"
    with closing(sqlite3.connect(few.folder / "workspace.db")) as source, closing(sqlite3.connect(database)) as target:
        source.backup(target)
        with target:
            for number in range(few.portals, portals):
                for table, rows in _TABLES.items():
                    _copy(target, table, rows, number)
    ours = open_.enter_context(workspace(few.stage, database))
    return Fleet(few.stage, settings, portals, folder, ours, None)


_TABLES = {
    "help_centers": "identifier = 'acme-00000'",
    "settings": "address LIKE '%/acme-00000'",
    "records": "name = 'support-00000'",
    "named": "name = 'support-00000'",
}


def _copy(target: sqlite3.Connection, table: str, rows: str, number: int) -> None:
    found = target.execute(f"SELECT * FROM {table} WHERE {rows}")
    names = [column[0] for column in found.description]
    marks = ", ".join("?" * len(names))
    made = [dict(zip(names, (_renamed(value, number) for value in row), strict=True)) for row in found]
    for row in made:
        if table == "named":
            row["place"] = hashlib.sha256(row["said"].encode()).hexdigest()[:32]
        if table == "records":
            base = json.loads(row["base"])
            text = json.dumps(base["document"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            row["digest"] = base["digest"] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
            row["base"] = json.dumps(base)
    target.executemany(f"INSERT INTO {table} VALUES ({marks})", [tuple(row.values()) for row in made])


def _renamed(value: Any, number: int) -> Any:
    if not isinstance(value, str):
        return value
    for before in ("acme-", "support-", "help-"):
        value = value.replace(f"{before}{_TEMPLATE:05}", f"{before}{number:05}")
    return value


def _with_server(command: Command, server: int) -> Spent:
    before = processor(server)
    spent = run(command)
    return replace(spent, processor=spent.processor + processor(server) - before)


def _zone(number: int) -> str:
    return f"z{number:05}.{configured.ZONE}"


def _files(stage: Stage, settings: int) -> tuple[Path, int]:
    """Write the files of both sides; return their folder, and how many portals that makes."""
    folder = stage.new_folder(f"fleet-{settings}")
    portals = settings // configured.PER_MEMBER
    for name in ("portals", "changed", "zones"):
        (folder / name).mkdir()
    for name in ("portals", "changed"):
        (folder / name / "shared.yaml").write_text(configured.SHARED)
    for number in range(portals):
        text = configured.member(number)
        (folder / "portals" / f"{number:05}.yaml").write_text(text)
        changed = number < settings // 100
        (folder / "changed" / f"{number:05}.yaml").write_text(configured.moved(text) if changed else text)
        (folder / "zones" / f"{_zone(number)}.yaml").write_text(configured.zone(configured.PER_MEMBER, len(text)))
    (folder / "seed.yaml").write_text(json.dumps(configured.workspace(portals)))
    return folder, portals

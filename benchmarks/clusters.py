"""A large fleet on the workers of a Dask cluster: four of them against one, and against what the processors allow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import yaml

from benchmarks.findings import Amount, Finding, Limit, Ratio, Spread
from benchmarks.places import ROOT, clustered
from benchmarks.processes import Command, clean_environment, run
from benchmarks.servers import HOST, free_port
from tests.support.fleet import many
from tests.support.sample import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.places import Stage

COUNT = int(os.environ.get("PORTAL_FLEET", "10000"))
WORKERS = (1, 4)
_START_SECONDS = 120


def measure(stage: Stage) -> Iterator[Finding]:
    folder = stage.new_folder("clusters")
    home = clustered(stage.peers)
    with ExitStack() as open_:
        urls = open_.enter_context(_workspaces(-(-COUNT // many.HELP_CENTERS)))
        _write(folder / "fleet", urls)
        commands = {count: _plan(home, folder, open_.enter_context(_cluster(home, folder, count))) for count in WORKERS}
        documents = [_document(command, folder / f"{count}.json") for count, command in commands.items()]
        if documents[0] != documents[1]:
            raise RuntimeError("the documents of one worker and of four differ")
        taken: dict[int, list[tuple[float, float]]] = {count: [] for count in WORKERS}
        for number in range(max(1, stage.rounds // 7)):
            for count in WORKERS if number % 2 else reversed(WORKERS):
                before, began = _busy(), time.perf_counter()
                run(commands[count])
                taken[count].append((time.perf_counter() - began, _busy() - before))
    yield from _told(taken)


def _told(taken: dict[int, list[tuple[float, float]]]) -> Iterator[Finding]:
    one, four = (taken[count] for count in WORKERS)
    cores = os.cpu_count() or 1
    work = f"no-op plan of {COUNT:,} portals on 4 Dask workers, the same document"
    ratios = [clock / other for (clock, _), (other, _) in zip(four, one, strict=True)]
    seconds = median(clock for clock, _ in four)
    yield Ratio(work, "1 Dask worker", Spread.of(ratios), None, None, seconds, len(ratios), None)
    # With no processor ever idle: all that this machine did meanwhile, command, cluster and workspaces, shared out.
    best = [busy / cores for _, busy in four]
    yield Ratio(
        work,
        f"all processor time of the run on {cores} cores that never wait",
        Spread.of([clock / least for (clock, _), least in zip(four, best, strict=True)]),
        None,
        None,
        seconds,
        len(best),
        Limit(1.25),
    )
    single = [other / (busy / cores) for (other, _), (_, busy) in zip(one, one, strict=True)]
    yield Amount(
        "the speed-up from 1 to 4 Dask workers that so many cores allow at best",
        "times",
        round(median(single), 2),
        {"measured": round(1 / median(ratios), 2)},
        None,
    )


def _plan(home: Path, folder: Path, scheduler: int) -> Command:
    executor = ("--executor", f"dask://{HOST}:{scheduler}")
    argv: list[str | Path] = [home / "portal", "plan", "-f", "fleet", "-e", "production", *executor]
    return Command("portal plan", argv, f"{COUNT:,} as described.", folder=folder)


def _document(command: Command, path: Path) -> Any:
    """Return what a plan says, without the moment at which it was made."""
    run(Command(command.name, [*command.argv, "--out", path], command.says, folder=command.folder))
    found = json.loads(path.read_bytes())
    return {key: value for key, value in found.items() if key not in ("created_at", "digest")}


def _write(folder: Path, urls: Sequence[str]) -> None:
    folder.mkdir()
    for number in range(COUNT):
        wanted = many.portal(f"hc-{number // len(urls)}", urls[number % len(urls)])
        (folder / f"{number:05}.yaml").write_text(yaml.safe_dump(wanted, sort_keys=False), encoding="ascii")


@contextmanager
def _workspaces(count: int) -> Iterator[list[str]]:
    """Serve so many workspaces from one process of its own."""
    command = [sys.executable, "-m", "benchmarks.workspaces", str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None and server.stdout is not None  # noqa: S101, PT018 (both are pipes)
        try:
            urls: list[str] = json.loads(server.stdout.readline())
            yield urls
        finally:
            server.stdin.close()
            server.wait(timeout=_START_SECONDS)


@contextmanager
def _cluster(home: Path, folder: Path, workers: int) -> Iterator[int]:
    """Run a scheduler and so many worker processes; give the port of the scheduler."""
    port = free_port()
    address = f"tcp://{HOST}:{port}"
    environment = clean_environment() | {many.VARIABLE: TOKEN}
    alone = ["--nworkers", str(workers), "--nthreads", "1", "--no-dashboard", "--local-directory", str(folder)]
    commands = [
        ["scheduler", "--host", HOST, "--port", str(port), "--no-dashboard"],
        ["worker", address, *alone],
    ]
    with ExitStack() as open_, (folder / f"cluster-{workers}.log").open("ab") as log:
        for command in commands:
            argv = [str(home / "dask"), *command]
            process = open_.enter_context(subprocess.Popen(argv, env=environment, stdout=log, stderr=log, cwd=folder))
            open_.callback(process.terminate)
        ready = [home / "python", "-c", _READY.format(address=address, workers=workers, seconds=_START_SECONDS)]
        subprocess.run([str(one) for one in ready], check=True, env=environment, stderr=log)
        yield port


_READY = """\
from distributed import Client
with Client("{address}", timeout={seconds}) as client:
    client.wait_for_workers({workers}, timeout={seconds})
"""


def _busy() -> float:
    """Return for how many seconds the processors of this machine have worked so far, whoever for."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:8]
    worked = sum(int(ticks) for place, ticks in enumerate(fields) if place not in (3, 4))
    return worked / os.sysconf("SC_CLK_TCK")

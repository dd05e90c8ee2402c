"""Runs `portal` in real processes that begin quickly: they are forked from one that has imported everything."""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.app import COLLECTED_AFTER, run

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Barrier

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.support.faults.warm"])
"""Begins processes that have imported everything: a fresh one would take a second for that."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The outcome of one process; the code of a killed one is the negative number of the signal."""

    code: int
    out: str
    err: str


class Child:
    """One `portal`."""

    def __init__(
        self, folder: Path, arguments: list[str], environment: Mapping[str, str], *, together: bool = False
    ) -> None:
        """Start it in a folder, with additions to the clean environment; `together` joins stderr to stdout."""
        self._said = Path(tempfile.mkdtemp())
        given = (folder, arguments, told(environment), self._said, together)
        self._process = CONTEXT.Process(target=_main, args=given)
        self._process.start()

    def kill(self) -> None:
        """Kill it with SIGKILL, and wait until it is gone."""
        self._process.kill()
        self._process.join()

    def send(self, sent: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process.pid is not None
        os.kill(self._process.pid, sent)

    @property
    def said(self) -> str:
        """Its stderr so far."""
        return self._read("err")

    @property
    def runs(self) -> bool:
        """True until it has ended."""
        return self._process.is_alive()

    def wait(self, seconds: float = 60) -> Ended:
        """Wait for its end, and return the outcome."""
        self._process.join(seconds)
        code = self._process.exitcode
        assert code is not None, "it hangs"
        out, err = self._read("out"), self._read("err")
        shutil.rmtree(self._said)
        assert "Traceback" not in out + err, out + err
        return Ended(code, out, err)

    def _read(self, name: str) -> str:
        # It has made its files before it says anything.
        file = self._said / name
        return file.read_bytes().decode() if file.exists() else ""


def killed_after(seconds: float, work: Callable[..., object], *arguments: object) -> None:
    """Run a function in a process that is killed so long after it began with it, wherever that is."""
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=_begin, args=(theirs, work, *arguments))
    process.start()
    ours.recv()
    time.sleep(seconds)
    process.kill()
    process.join()


def _begin(pipe: Connection, work: Callable[..., object], *arguments: object) -> None:
    pipe.send("it begins")
    work(*arguments)


def at_once(count: int, work: Callable[..., object], *arguments: object) -> list[int | None]:
    """Run a function in so many processes that begin with it at one moment, and return their exit codes."""
    ready = CONTEXT.Barrier(count)
    processes = [CONTEXT.Process(target=_together, args=(ready, work, *arguments)) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]


def _together(ready: Barrier, work: Callable[..., object], *arguments: object) -> None:
    ready.wait()
    work(*arguments)


def told(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a `portal` with these additions."""
    return {**clean_environment(), **environment}


def clean_environment() -> dict[str, str]:
    """Return the tests' environment, without this tool's variables."""
    others = ("PORTAL_", "GITHUB_", "GITLAB_", "CI_")
    return {name: value for name, value in os.environ.items() if not name.startswith(others)}


def _main(folder: Path, arguments: list[str], environment: dict[str, str], said: Path, together: bool) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, (name, flags) in enumerate(((os.devnull, os.O_RDONLY), (said / "out", _WRITE), (said / "err", _WRITE))):
        os.dup2(os.open(name, flags), number)
    if together:
        os.dup2(1, 2)
    # How processes begin that it starts itself: as everywhere on this system, not as here.
    multiprocessing.set_start_method(None, force=True)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (as long as the process)
    gc.set_threshold(COLLECTED_AFTER)
    code = run(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC

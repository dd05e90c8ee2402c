"""Turns of the worker processes here: a task goes to one worker, is the only one there, and is lost with it.

Left to itself, Dask may give a task to a worker that is ending, and blames it for each death around it. So each keeper
of a worker (a *nanny*) is handed one task at a time, once its worker has begun.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from queue import SimpleQueue
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import error
from reconciler.fleet.executors.base import TaskLost, block_sigint, worker_lost

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS_TO_RESTART = 30.0
"""How long a worker that ended may take to begin anew."""
_SECONDS_TO_TELL = 5.0
"""How long Dask may take to tell of a worker that ended with a task."""
_PULSE = 0.05
"""Seconds between two looks at a worker."""


class Turns:
    """The workers of a cluster here, taking turns."""

    def __init__(self, cluster: Any, send: Callable[[str, bytes], Future[Any]]) -> None:
        """Take the workers of a cluster; `send` sends work to one, by its address."""
        keepers = tuple(cluster.workers.values())
        self._registered, self._send = cluster.scheduler.workers, send
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for keeper in keepers:
            self._idle.put(keeper)
        self._left, self._changing, self._over = len(keepers), Lock(), Event()
        self._threads = ThreadPoolExecutor(len(keepers), initializer=block_sigint)

    def submit(self, work: bytes) -> Future[Any]:
        """Submit work to the next idle worker."""
        return self._threads.submit(self._turn, work)

    def shutdown(self, *, wait: bool, cancel_futures: bool) -> None:
        """Take no more work; wait for the rest, or cancel what has not begun."""
        if cancel_futures:
            self._over.set()
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _turn(self, work: bytes) -> Any:
        keeper = self._idle.get()
        if keeper is None:
            self._idle.put(None)
            raise TaskLost(_without_workers(), again=False)
        worker = self._begun(keeper)
        if worker is None:
            self._give_up()
            raise TaskLost(worker_lost("a worker ended, and did not begin anew"), again=True)
        try:
            return self._result(keeper, worker, work)
        finally:
            self._idle.put(keeper)

    def _begun(self, keeper: Any) -> str | None:
        """Wait for a keeper's worker to have begun, and return its address; None where it does not."""
        until = time.monotonic() + SECONDS_TO_RESTART
        while (worker := self._worker(keeper)) is None and time.monotonic() < until:
            if self._over.wait(_PULSE):
                return None
        return worker

    def _result(self, keeper: Any, worker: str, work: bytes) -> Any:
        near, seen = self._send(worker, work), time.monotonic()
        while not wait_for([near], _PULSE).done:
            if self._worker(keeper) == worker:
                seen = time.monotonic()
            elif time.monotonic() - seen > _SECONDS_TO_TELL:
                # Dask does not know, it seems, that the worker had this.
                near.cancel()
                raise TaskLost(worker_lost("the worker that had this before it ended before it was done"), again=True)
        return near.result()

    def _worker(self, keeper: Any) -> str | None:
        """Return the address of a keeper's worker, where both it and the scheduler know it."""
        process = keeper.process
        address: str | None = None if process is None else process.worker_address
        return address if process and process.status.name == "running" and address in self._registered else None

    def _give_up(self) -> None:
        with self._changing:
            self._left -= 1
            if not self._left:
                # For everybody who waits, one after the other.
                self._idle.put(None)


def _without_workers() -> Any:
    remedy = "Something ends them, such as a limit of memory. Take --executor threads, or fewer --jobs."
    return error("executor-without-workers", "the worker processes ended, and none began anew", remedy=remedy)

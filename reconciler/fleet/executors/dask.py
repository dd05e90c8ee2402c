"""Workers of a Dask cluster as an executor: elsewhere, or processes here. The only user of Dask.

A worker gets the bytes of files and a query, never a token; it reads tokens from variables of its own. It does nothing
unless its code is the same as here: one that plans by other rules would be a danger.
"""

from __future__ import annotations

import logging
import pickle
import time
import warnings
from concurrent.futures import Executor, Future, InvalidStateError
from functools import cache, partial
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_all_start_methods
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.core.contract import schema_path
from reconciler.core.diagnostics import error
from reconciler.core.errors import WorkspaceUnusable
from reconciler.fleet.executors.base import DASK, PROCESSES, TaskLost, without_interrupts, worker_lost
from reconciler.fleet.executors.turns import SECONDS_TO_RESTART, Turns
from reconciler.target.connect import limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.core.diagnostics import Diagnostic

_METHOD = "forkserver"
"""The start method of worker processes, where available: copies of one that has loaded Dask."""
_NEVER = "365 days"
_PULSE = 1.0
"""Seconds between two looks for workers."""


def connect(address: str, retry_seconds: str | None) -> Cluster:
    """Connect to a cluster at `dask://HOST:PORT`, within seconds given as text; raise WorkspaceUnusable."""
    distributed = _loaded()
    timeouts = limits(retry_seconds)
    # A cluster answers as long as it takes to connect, or not at all; whoever has more patience said so.
    seconds = timeouts.connect if retry_seconds is None else max(timeouts.connect, timeouts.whole)
    try:
        client = distributed.Client(f"tcp://{address.removeprefix(DASK)}", timeout=seconds, set_as_default=False)
    except (OSError, ValueError) as problem:
        raise WorkspaceUnusable(
            error(
                "executor-unreachable",
                f"no scheduler of a Dask cluster answers at {address}",
                remedy="Begin one with `dask scheduler`, and workers with `dask worker`; see docs/fleets.md.",
            )
        ) from problem
    try:
        _refuse_unlike(client, address, seconds)
    except BaseException:
        client.close()
        raise
    return Cluster(client, address, seconds)


def local(jobs: int) -> LocalCluster:
    """Start a cluster of worker processes here; raise WorkspaceUnusable where Dask is not installed."""
    distributed = _loaded()
    import dask

    settings = {
        "distributed.worker.multiprocessing-method": _METHOD if _METHOD in get_all_start_methods() else "spawn",
        # A task that kills its worker is tried by our own rule, not by Dask's.
        "distributed.scheduler.allowed-failures": 0,
    }
    # Read whenever a worker ends, not here: one that is just about to begin anew then would be given up for good.
    dask.config.set({"distributed.deploy.lost-worker-timeout": _NEVER})
    with dask.config.set(settings), without_interrupts():
        workers = distributed.LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
            # With keys of its own: on a machine of many users, nobody else can hand it work.
            security=True,
        )
    return LocalCluster(distributed.Client(workers, set_as_default=False), workers)


class Cluster(Executor):
    """The workers of a cluster; a task they cannot do raises `TaskLost`."""

    def __init__(self, client: Any, address: str, retry_seconds: float) -> None:
        """Watch for workers; give up after `retry_seconds` seconds without any."""
        self._client, self._address, self._retry_seconds = client, address, retry_seconds
        self._waiting: set[Future[Any]] = set()
        self._over = Event()
        self._watch = Thread(target=self._watched, daemon=True)
        self._watch.start()

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Submit work to some worker; arguments and results have to be plain."""
        return self._send(None, pickle.dumps((work, args, named)))

    def _send(self, worker: str | None, work: bytes) -> Future[Any]:
        """Send work to the worker of an address; None for any."""
        near: Future[Any] = Future()
        self._waiting.add(near)
        try:
            executor = self._client.get_executor(pure=False, **({} if worker is None else {"workers": [worker]}))
            far = executor.submit(portal_work, code(), work)
        except Exception:  # noqa: BLE001 (a client that lost its scheduler raises many things)
            self._lose(near, worker_lost(_SCHEDULER_GONE))
        else:
            far.add_done_callback(partial(self._settle, near))
        return near

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 (as it is)
        """Disconnect from the scheduler, which forgets unfinished tasks."""
        self._over.set()
        self._watch.join(self._retry_seconds)
        self._client.close()

    def _settle(self, near: Future[Any], far: Future[Any]) -> None:
        problem = None if far.cancelled() else far.exception()
        if far.cancelled():
            self._lose(near, worker_lost(_SCHEDULER_GONE))
        elif problem is not None:
            self._end(near, problem=self._blamed(problem))
        elif (answer := far.result())[0] == _UNLIKE:
            self._lose(near, _unlike(self._address, answer[1]))
        elif answer[0] == _FAILED:
            self._end(near, problem=answer[1])
        else:
            self._end(near, result=answer[1])

    def _blamed(self, problem: BaseException) -> TaskLost:
        from distributed import KilledWorker

        if isinstance(problem, KilledWorker):
            # Dask blames whatever the worker had before it, too: each has another chance, if it may.
            return TaskLost(worker_lost("the workers that had this before them ended before it was done"), again=True)
        # Its text may hold anything that the worker knows; its name says what there is to know.
        return TaskLost(_unlike(self._address, f"one that fails with {type(problem).__name__}"), again=False)

    def _lose_all(self, problem: Diagnostic) -> None:
        for near in tuple(self._waiting):
            self._lose(near, problem)

    def _lose(self, near: Future[Any], problem: Diagnostic) -> None:
        self._end(near, problem=TaskLost(problem, again=False))

    def _end(self, near: Future[Any], result: Any = None, problem: BaseException | None = None) -> None:
        self._waiting.discard(near)
        try:
            near.set_exception(problem) if problem is not None else near.set_result(result)
        except InvalidStateError:
            # It was given up already.
            return

    def _watched(self) -> None:
        """Fail waiting tasks where there are no workers for too long."""
        seen = time.monotonic()
        while not self._over.wait(_PULSE):
            if self._staffed():
                seen = time.monotonic()
            elif time.monotonic() - seen > self._retry_seconds:
                self._lose_all(_without_workers(self._address))

    def _staffed(self) -> bool:
        try:
            return bool(self._client.scheduler_info()["workers"])
        except Exception:  # noqa: BLE001 (a client that lost its scheduler raises many things)
            return False


class LocalCluster(Cluster):
    """Worker processes here, each with one task at a time: one that dies is blamed for no other task."""

    def __init__(self, client: Any, workers: Any) -> None:
        """Watch the workers of a cluster that ends with this."""
        super().__init__(client, PROCESSES, SECONDS_TO_RESTART)
        self._workers = workers
        self._turns = Turns(workers, self._send)

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Submit work to the next idle worker; arguments and results have to be plain."""
        return self._turns.submit(pickle.dumps((work, args, named)))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 (as it is)
        """End the workers; with cancelled tasks, at once."""
        self._turns.shutdown(wait=wait and not cancel_futures, cancel_futures=cancel_futures)
        super().shutdown(wait=wait)
        self._lose_all(worker_lost(_SCHEDULER_GONE))
        self._workers.close()


_SCHEDULER_GONE = "the scheduler of the cluster is gone, and with it what it had in hand"
_DONE, _FAILED, _UNLIKE = "done", "failed", "unlike"


def portal_work(desired: str, sent: bytes) -> tuple[str, Any]:
    """Run sent work on a worker; return `done` with the result, `failed`, or `unlike` if its code digest is another."""
    if code() != desired:
        return _UNLIKE, __version__
    work, args, named = pickle.loads(sent)  # noqa: S301 (whoever can speak to a worker can have it do anything)
    try:
        return _DONE, work(*args, **named)
    except Exception as problem:  # noqa: BLE001 (whatever it is, it belongs to whoever asked)
        return _FAILED, problem


@cache
def code() -> str:
    """Return a digest of the program's code, the same wherever it is installed."""
    digest = sha256(__version__.encode())
    here, schemas = Path(__file__).parents[2], schema_path("portal.schema.json").parent
    for folder, names in ((here, "**/*.py"), (here, "**/*.toml"), (schemas, "*.json")):
        for file in sorted(folder.glob(names)):
            digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _refuse_unlike(client: Any, address: str, seconds: float) -> None:
    """Refuse a cluster without workers, or with unlike ones; later ones are asked with each task."""
    try:
        client.wait_for_workers(1, timeout=seconds)
    except TimeoutError as problem:
        raise WorkspaceUnusable(_without_workers(address)) from problem
    for answer in client.run(code, on_error="return").values():
        if isinstance(answer, BaseException):
            raise WorkspaceUnusable(_unlike(address, f"one that fails with {type(answer).__name__}"))
        if answer != code():
            raise WorkspaceUnusable(_unlike(address, "another one"))


def _loaded() -> Any:
    """Import Dask, and keep its remarks about itself from stderr, which is for what a user can act on."""
    if find_spec("distributed") is None or find_spec("cryptography") is None:
        raise WorkspaceUnusable(
            error(
                "executor-not-installed",
                "worker processes and clusters need Dask, which is not installed",
                remedy="Install it: pip install 'tickets-portal[dask]'; or take --executor threads.",
            )
        )
    import dask

    names = ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application")
    dask.config.set({"logging": dict.fromkeys(names, "critical")})
    from distributed.versions import VersionMismatchWarning

    warnings.filterwarnings("ignore", category=VersionMismatchWarning)
    return import_module("distributed")


def _without_workers(address: str) -> Diagnostic:
    remedy = "Begin some with `dask worker`, in an environment that has portal and the tokens of the workspaces."
    return error("executor-without-workers", f"the cluster at {address} has no workers", remedy=remedy)


def _unlike(address: str, text: str) -> Diagnostic:
    return error(
        "executor-version",
        f"a worker of {address} has another portal than the {__version__} here: {text}",
        remedy="Install the same version of tickets-portal on every worker, and restart the workers.",
    )

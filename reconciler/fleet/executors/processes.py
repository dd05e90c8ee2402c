"""An executor of processes. One that dies loses what it had in hand, and nothing else.

Each is led by a thread of its own, so it is known who had what: `concurrent.futures` has processes too, but with one
of them it loses all, and all that waits.
"""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_all_start_methods, get_context, parent_process, resource_tracker
from threading import Lock, Thread, local
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import error
from reconciler.fleet.executors.base import Lost, deaf

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    _Way = Connection[Any, Any]

_METHOD = "forkserver"
"""How processes are begun where that can be: as copies of one that has loaded what they need, and has no threads."""
_NEEDED = [
    "reconciler.fleet.planning",
    "reconciler.fleet.load.survey",
    "reconciler.target.rest",
    "jsonschema_rs",
    "yaml",
]
_COLLECTED_AFTER = 100_000
"""As in the command itself: how many objects more than before may live until Python looks for garbage."""
_SECONDS_TO_END = 5.0


class Processes(ThreadPoolExecutor):
    """So many processes; a `Lost` is what becomes of a task whose process dies."""

    def __init__(self, jobs: int) -> None:
        """Remember how many; each is begun when there is something for it to do.

        Args:
            jobs: How many.
        """
        super().__init__(jobs, initializer=deaf)
        self._context: Any = get_context(_METHOD if _METHOD in get_all_start_methods() else "spawn")
        if self._context.get_start_method() == _METHOD:
            self._context.set_forkserver_preload(_NEEDED)
        self._mine = local()
        self._begun: list[tuple[BaseProcess, _Way]] = []
        self._lock, self._over = Lock(), False

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Have one of the processes do something; what goes in and comes out has to be plain."""
        return super().submit(self._ask, work, args, named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 (as it is)
        """End the processes; where tasks are cancelled, in the midst of what they do."""
        super().shutdown(wait=False, cancel_futures=cancel_futures)
        if cancel_futures:
            with self._lock:
                self._over = True
                for process, _ in self._begun:
                    process.kill()
        super().shutdown(wait=wait or cancel_futures)
        for process, connection in self._begun:
            connection.close()
            process.join(_SECONDS_TO_END)

    def _ask(self, work: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        connection = self._connection()
        try:
            connection.send((work, args, named))
            failed, result = connection.recv()
        except (EOFError, OSError) as problem:
            self._mine.connection = None
            raise Lost(_GONE, again=True) from problem
        if failed:
            raise result
        return result

    def _connection(self) -> _Way:
        """Return the way to the process of this thread, which is begun where there is none."""
        found: _Way | None = getattr(self._mine, "connection", None)
        if found is not None:
            return found
        with self._lock:
            if self._over:
                raise Lost(_GONE, again=False)
            # This unblocks Ctrl-C for the thread that begins it.
            resource_tracker.ensure_running()
            deaf()
            here, there = self._context.Pipe()
            process = self._context.Process(target=_serve, args=(there,), daemon=True)
            process.start()
            there.close()
            self._begun.append((process, here))
        self._mine.connection = found = here
        return found


_GONE = error(
    "executor-worker-lost",
    "the worker that had this in hand ended before it was done",
    remedy="Workers end where memory runs out, or where somebody ends them. Run the command again, with fewer --jobs.",
)


def _serve(connection: _Way) -> None:
    """Do what one is asked until nobody asks any more."""
    gc.set_threshold(_COLLECTED_AFTER)
    Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            work, args, named = connection.recv()
        except EOFError:
            return
        try:
            answer = False, work(*args, **named)
        except Exception as problem:  # noqa: BLE001 (whatever it is, it belongs to whoever asked)
            answer = True, problem
        connection.send(answer)


def _end_with_parent() -> None:
    """End this process with the one that began it, however that ends."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

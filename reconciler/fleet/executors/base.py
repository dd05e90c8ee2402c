"""Tasks on an executor: results as they complete, and lost tasks."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from reconciler.core.diagnostics import error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor, Future

    from reconciler.core.diagnostics import Diagnostic

Task = TypeVar("Task")
Result = TypeVar("Result")

PROCESSES, DASK = "processes", "dask://"


class TaskLost(Exception):
    """A task was lost with its worker; `again` if another worker may try it."""

    def __init__(self, diagnostic: Diagnostic, *, again: bool) -> None:
        super().__init__(diagnostic.summary)
        self.diagnostic, self.again = diagnostic, again


def worker_lost(summary: str) -> Diagnostic:
    """Build the error for a worker that ended."""
    remedy = "Workers end when memory runs out, or when somebody stops them. Check the cluster, and run this again."
    return error("executor-worker-lost", summary, remedy=remedy)


def each(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    executor: Executor | None,
    lost: Callable[[Task, Diagnostic], Result],
    *,
    again: bool = True,
) -> Iterator[tuple[Task, Result]]:
    """Yield each task with its result as it completes; without an executor one after the other.

    `lost` makes the result of a lost task; with `again` it is tried once more first, as one that only reads can be.
    """
    if executor is None:
        for task in tasks:
            yield task, work(task)
        return
    done: SimpleQueue[Future[Result]] = SimpleQueue()
    running: dict[Future[Result], tuple[Task, bool]] = {}

    def begin(item: Task, *, more: bool) -> None:
        future = executor.submit(work, item)
        running[future] = item, more
        future.add_done_callback(done.put)

    for task in tasks:
        begin(task, more=again)
    while running:
        future = done.get()
        task, more = running.pop(future)
        try:
            result = future.result()
        except TaskLost as problem:
            if more and problem.again:
                begin(task, more=False)
                continue
            result = lost(task, problem.diagnostic)
        yield task, result


def block_sigint() -> None:
    """Block SIGINT in this thread and its children: the command itself handles Ctrl-C."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Block SIGINT in the threads and processes that are started meanwhile."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    # Started later, it would unblock SIGINT in the thread that starts it.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

"""Runs the parts of a fleet: one after the other, or on an executor; what comes of it is the same."""

from __future__ import annotations

from concurrent.futures import as_completed
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

Task = TypeVar("Task")
Result = TypeVar("Result")


def each(
    work: Callable[[Task], Result], tasks: Sequence[Task], executor: Executor | None
) -> Iterator[tuple[Task, Result]]:
    """Yield each task with its result as they are done; without an executor one after the other.

    Args:
        work: What is done with each.
        tasks: What it is done with.
        executor: What runs them.
    """
    if executor is None:
        for one in tasks:
            yield one, work(one)
        return
    running = {executor.submit(work, one): one for one in tasks}
    try:
        for done in as_completed(running):
            yield running.pop(done), done.result()
    finally:
        for future in running:
            future.cancel()


@contextmanager
def threads(jobs: int) -> Iterator[Executor | None]:
    """Give an executor of so many threads; none where one is enough."""
    if jobs == 1:
        yield None
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(jobs) as executor:
        yield executor

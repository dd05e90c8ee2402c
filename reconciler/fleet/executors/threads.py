"""Threads that a process need not wait for: somebody who interrupts it twice wants it to end."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Over:
    """The end of a thread, or its failure."""

    problem: BaseException | None


def each(work: Callable[[Task], Iterator[Result]], tasks: Sequence[Task], jobs: int) -> Iterator[Result]:
    """Yield the results of tasks as they come, from at most `jobs` threads; raise what a task raised."""
    left, results = deque(tasks), SimpleQueue[Result | _Over]()

    def labour() -> None:
        try:
            for task in _taken(left):
                for result in work(task):
                    results.put(result)
        except BaseException as problem:  # noqa: BLE001 (raised by whoever waits for it)
            results.put(_Over(problem))
        else:
            results.put(_Over(None))

    running = min(jobs, len(tasks))
    for _ in range(running):
        Thread(target=labour, daemon=True).start()
    while running:
        item = results.get()
        if not isinstance(item, _Over):
            yield item
            continue
        if item.problem is not None:
            raise item.problem
        running -= 1


def _taken(left: deque[Task]) -> Iterator[Task]:
    """Yield tasks that no other thread has taken."""
    while True:
        try:
            popleft = left.popleft()
        except IndexError:
            return
        yield popleft

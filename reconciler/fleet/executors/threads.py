"""Work on threads that a process need not wait for: somebody who interrupts it twice wants it to end."""

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
    """A thread has nothing left to do, or came to grief."""

    problem: BaseException | None


def each(work: Callable[[Task], Iterator[Result]], tasks: Sequence[Task], jobs: int) -> Iterator[Result]:
    """Yield everything that comes of some tasks, as it comes.

    Args:
        work: Does one task, and yields what comes of it.
        jobs: On how many threads, at most.

    Raises:
        BaseException: What a task raised.
    """
    left, found = deque(tasks), SimpleQueue[Result | _Over]()

    def labour() -> None:
        try:
            for task in _taken(left):
                for result in work(task):
                    found.put(result)
        except BaseException as problem:  # noqa: BLE001 (raised by whoever waits for it)
            found.put(_Over(problem))
        else:
            found.put(_Over(None))

    running = min(jobs, len(tasks))
    for _ in range(running):
        Thread(target=labour, daemon=True).start()
    while running:
        item = found.get()
        if not isinstance(item, _Over):
            yield item
            continue
        if item.problem is not None:
            raise item.problem
        running -= 1


def _taken(left: deque[Task]) -> Iterator[Task]:
    """Yield one task after the other that no other thread has taken."""
    while True:
        try:
            popleft = left.popleft()
        except IndexError:
            return
        yield popleft

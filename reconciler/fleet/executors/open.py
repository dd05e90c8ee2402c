"""The executor of a fleet's batches; the results are the same on each."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.fleet.executors.base import DASK, PROCESSES, block_sigint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor


@contextmanager
def opened(kind: str, jobs: int, retry_seconds: str | None) -> Iterator[Executor | None]:
    """Open an executor of so many `jobs` (a cluster decides for itself); `None` for one after the other.

    Left in a hurry, it cancels tasks that have not begun. `retry_seconds` is the wait for a cluster, as text, `None`
    for the default. Raises PortalError where there is no such cluster, or it cannot be used.
    """
    executor = _executor(kind, jobs, retry_seconds)
    if executor is None:
        yield None
        return
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    executor.shutdown()


def _executor(kind: str, jobs: int, retry_seconds: str | None) -> Executor | None:
    if kind == PROCESSES or kind.startswith(DASK):
        from reconciler.fleet.executors import dask as fleet_dask

        return fleet_dask.local(jobs) if kind == PROCESSES else fleet_dask.connect(kind, retry_seconds)
    if jobs == 1:
        return None
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(jobs, initializer=block_sigint)

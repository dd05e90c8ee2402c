"""Options of fleets: files, parallelism, executor."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from click.types import StringParamType

from reconciler.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

file = click.option(
    "-f",
    "--file",
    multiple=True,
    default=("portal.yaml",),
    show_default=True,
    metavar="FILE",
    help="The configuration, - for stdin; several, a directory or a quoted pattern for a fleet.",
)
_jobs = click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    metavar="N",
    help="Of a fleet: how many parts of it to work on at a time.",
)


def _part(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Parse the number of a shard and the number of shards."""
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", value, re.ASCII)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise click.BadParameter(f"{value!r} is not a part such as 3/16: its number, and of how many", ctx, param)
    return int(match[1]), int(match[2])


_shard = click.option(
    "--shard", callback=_part, metavar="K/N", help="Of a fleet: only the K-th of N parts, one for each job of a build."
)


class _Executor(StringParamType):
    name = "executor"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the name of an executor."""
        if re.fullmatch(r"threads|processes|dask://[^/@\s]+:[0-9]{1,5}", value, re.ASCII) is None:
            self.fail(f"{value!r} is none of threads, processes and dask://HOST:PORT", param, ctx)
        return value


_THREADS = "threads"
_executor = click.option(
    "--executor",
    type=_Executor(),
    default=_THREADS,
    show_default=True,
    metavar="KIND",
    help="Of a fleet: who works on it: threads, processes, or the workers of a Dask cluster, as dask://HOST:PORT.",
)

cache = click.option(
    "--cache",
    metavar="FILE",
    help="Of a fleet: remember in this file what was found, and look again only where something moved since.",
)


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """Fleet options: batches at a time, `threads`, `processes` or `dask://HOST:PORT`, and this shard of how many."""

    jobs: int
    executor: str
    shard: tuple[int, int] | None

    @property
    def is_here(self) -> bool:
        """Whether this process does all of it, in threads."""
        return self.executor == _THREADS

    @contextmanager
    def opened(self, address: str | None) -> Iterator[Executor | None]:
        """Open the executor and close it on exit; `address` is the workspace's, as the option gives it."""
        from reconciler.fleet.executors import base
        from reconciler.fleet.executors import open as fleet_running

        if address is None and options.chosen() is None and self.executor.startswith(base.DASK):
            raise click.UsageError("--executor dask:// takes --workspace or --env: the embedded one is here only.")
        with fleet_running.opened(self.executor, self.jobs, os.environ.get("PORTAL_PATIENCE")) as executor:
            yield executor


def with_fleet_options(verb: options.Decorated) -> options.Decorated:
    """Add the options of fleets, as the verb's argument `fleet_flags`."""

    @wraps(verb)
    def command(*args: Any, jobs: int, executor: str, shard: tuple[int, int] | None, **others: Any) -> Any:
        return verb(*args, fleet_flags=FleetOptions(jobs, executor, shard), **others)

    return options.together(_jobs, _executor, _shard)(command)

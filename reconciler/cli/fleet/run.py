"""Shared by verbs over a fleet: its members, parallelism, one document, one exit code."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import click

from reconciler.cli import options, output
from reconciler.cli.progress import bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from reconciler.cli.fleet.options import FleetOptions
    from reconciler.core.document_types.fleet import FleetDocument
    from reconciler.fleet.cache import Cache
    from reconciler.fleet.document import Outcome
    from reconciler.fleet.model import Batch, Choice, Member, Refused
    from reconciler.fleet.planning import BatchResult, Query


def single(named: Sequence[str], crew: FleetOptions) -> str | None:
    """Return the one file that is named; `None` for a fleet."""
    from reconciler.fleet.load import discovery as fleet_files

    return fleet_files.single(named) if crew.shard is None else None


def query(verb: str, allow: tuple[str, ...] = (), *, detailed: bool = False) -> Query:
    """Build the query for every member, as of now."""
    from datetime import UTC, datetime

    from reconciler.fleet.planning import Query

    return Query(verb, datetime.now(UTC), allow, detailed)


def run(
    named: Sequence[str],
    where: tuple[str | None, str | None],
    crew: FleetOptions,
    question: Query,
    output_format: str,
    *,
    no_color: bool,
    out: str | None = None,
    cached: str | None = None,
    notify: str | None = None,
) -> int:
    """Run a query over a fleet without changes, print the document, and return the exit code.

    Args:
        where: The address of the workspace and the seed, as the options give them.
        out: A file for the document too.
        notify: The variable with the URL of a webhook; None for none.
    """
    from reconciler.cli import planning
    from reconciler.cli.support import notifying

    if output_format not in ("text", "json"):
        raise click.UsageError(f"--format {output_format} takes one configuration; a fleet has text and json.")
    with output.document_on_failure(output_format, "fleet"):
        with crew.opened(where[0]) as executor, _remembering(cached, where) as memory:
            results = outcomes(find(named, where, crew, executor, memory), question, executor, memory=memory)
        document = whole(results, question, crew)
        if out is not None:
            planning.save(document, out)
    report(document, output_format, no_color=no_color)
    notifying.tell(notify, document)
    code: int = document["exit_code"]
    return code


def whole(results: Sequence[Outcome], question: Query, crew: FleetOptions) -> dict[str, Any]:
    """Build the document of a fleet."""
    from reconciler.fleet import document as fleet_document

    moment = question.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return fleet_document.document(
        question.verb, results, created_at=moment, environment=options.chosen(), shard=crew.shard
    )


def one_place(address: str | None) -> None:
    """Refuse an address beside an environment, which has its own; raises click.UsageError."""
    if address is not None and options.chosen() is not None:
        raise click.UsageError("Give --env or --workspace, not both.")


@dataclass(frozen=True, slots=True)
class Survey:
    """A fleet, or a shard of it: batches of valid members, and refused configurations."""

    batches: tuple[Batch, ...]
    refused: tuple[Refused, ...]

    @property
    def count(self) -> int:
        """The number of configurations."""
        return len(self.refused) + sum(len(batch.members) for batch in self.batches)


def _choice(where: tuple[str | None, str | None]) -> Choice:
    from reconciler.fleet import model as fleet

    return fleet.Choice(options.chosen(), fleet.Site(where[0], seed=where[1]))


@contextmanager
def _remembering(path: str | None, where: tuple[str | None, str | None]) -> Iterator[Cache | None]:
    """Open the cache in a file, and save it on exit; `None` where no file is named."""
    if path is None:
        yield None
        return
    import json
    from pathlib import Path

    from reconciler.config.edit import files
    from reconciler.fleet import cache

    memory = cache.load(Path(path), _choice(where))
    yield memory
    files.replace(path, json.dumps(memory.content(), separators=(",", ":")).encode())


def find(
    named: Sequence[str],
    where: tuple[str | None, str | None],
    crew: FleetOptions,
    executor: Executor | None = None,
    memory: Cache | None = None,
) -> Survey:
    """Find the fleet of the command line.

    Args:
        where: The address of the workspace and the seed, as the options give them.

    Raises:
        ConfigurationInvalid: There is none.
    """
    from reconciler.fleet import model as fleet
    from reconciler.fleet.executors import base
    from reconciler.fleet.load import conflicts as fleet_conflicts
    from reconciler.fleet.load import discovery as fleet_files
    from reconciler.fleet.load import sharding as fleet_shards
    from reconciler.fleet.load import survey

    address, _ = where
    one_place(address)
    members: list[Member] = []
    refused: list[Refused] = []
    # Nobody is waited for: threads would only read several files half at the same time, and take room for all of them.
    readers = None if crew.executor == base.THREADS else executor
    for item in survey.survey(fleet_files.find(named), _choice(where), readers, memory):
        members.append(item) if isinstance(item, fleet.Member) else refused.append(item)
    contradictory = fleet_conflicts.refused(members)
    out = {item.place for item in contradictory}
    batches = fleet.batches([member for member in members if member.place not in out])
    refused = sorted([*refused, *contradictory], key=lambda item: (item.place.file, item.place.line))
    if crew.shard is None:
        return Survey(batches, tuple(refused))
    return Survey(*fleet_shards.part(batches, refused, *crew.shard))


def outcomes(
    survey: Survey, query: Query, executor: Executor | None, *, quiet: bool = False, memory: Cache | None = None
) -> list[Outcome]:
    """Run a query over every member and return the outcomes; see `worked`."""
    from reconciler.fleet import planning

    if memory is not None:
        survey = replace(survey, batches=tuple(memory.tagged(batch, query) for batch in survey.batches))

    settled = _as_done if memory is None else partial(memory.settled, query=query)
    work = partial(planning.work, query=query)
    return worked(survey, work, executor, settled, quiet=quiet, again=True)


def _as_done(_: Batch, done: BatchResult) -> Sequence[Outcome]:
    return done.outcomes or ()


def worked(
    survey: Survey,
    work: Callable[[Batch], BatchResult],
    executor: Executor | None,
    settled: Callable[[Batch, BatchResult], Sequence[Outcome]] = _as_done,
    *,
    quiet: bool = False,
    again: bool = False,
) -> list[Outcome]:
    """Work on every batch and return the outcomes, in any order.

    With `again` a batch is tried once more where its worker died, as one that only reads can be.
    """
    from reconciler.fleet import document as fleet_document
    from reconciler.fleet import planning
    from reconciler.fleet.executors import base

    results = [fleet_document.refused(refused) for refused in survey.refused]
    with bar("portals", survey.count, quiet=quiet, done=len(survey.refused)) as progress:
        for batch, done in base.each(work, survey.batches, executor, planning.lost, again=again):
            results += settled(batch, done)
            progress(len(batch.members))
    return results


def report(document: dict[str, Any], output_format: str, *, no_color: bool) -> None:
    """Print a fleet's document."""
    if output_format == "json":
        output.print_json(document)
        return
    from reconciler.render.text.fleet import fleet

    output.print_text(fleet(cast("FleetDocument", document)), no_color=no_color)

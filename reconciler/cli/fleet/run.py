"""Shared by verbs over a fleet: its members, parallelism, one document, one exit code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import click

from reconciler.cli import options, output
from reconciler.cli.progress import bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Executor

    from reconciler.cli.fleet.options import FleetOptions
    from reconciler.core.document_types.fleet import FleetDocument
    from reconciler.fleet.cache import Cache
    from reconciler.fleet.document import Outcome
    from reconciler.fleet.model import Batch, Choice, Member, Refused
    from reconciler.fleet.planning import BatchResult, Query, SitePages


def single(named: Sequence[str], fleet_flags: FleetOptions) -> str | None:
    """Return the one file that is named; `None` for a fleet."""
    from reconciler.fleet.load import discovery as fleet_files

    return fleet_files.single(named) if fleet_flags.shard is None else None


def query(verb: str, allow: tuple[str, ...] = (), *, detailed: bool = False) -> Query:
    """Build the query for every member, as of now."""
    from datetime import UTC, datetime

    from reconciler.fleet.planning import Query

    return Query(verb, datetime.now(UTC), allow, detailed)


def run(
    named: Sequence[str],
    where: tuple[str | None, str | None],
    fleet_flags: FleetOptions,
    question: Query,
    output_format: str,
    *,
    no_color: bool,
    out: str | None = None,
    cached: str | None = None,
    notify: str | None = None,  # the variable with the URL of a webhook
) -> int:
    """Run a query over a fleet without changes, print the document, and return the exit code."""
    from reconciler.cli import planning
    from reconciler.cli.support import notifying

    if output_format not in ("text", "json"):
        raise click.UsageError(f"--format {output_format} takes one configuration; a fleet has text and json.")
    with output.document_on_failure(output_format, "fleet"):
        if cached is not None:
            results = _remembered(named, where, fleet_flags, question, cached)
        else:
            with fleet_flags.opened(where[0]) as executor:
                results = outcomes(find(named, where, fleet_flags, executor), question, executor)
        document = whole(results, question, fleet_flags)
        if out is not None:
            planning.save(document, out)
    report(document, output_format, no_color=no_color)
    notifying.tell(notify, document)
    code: int = document["exit_code"]
    return code


def whole(results: Sequence[Outcome], question: Query, fleet_flags: FleetOptions) -> dict[str, Any]:
    """Build the document of a fleet."""
    from reconciler.fleet import document as fleet_document

    moment = question.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return fleet_document.document(
        question.verb, results, created_at=moment, environment=options.chosen(), shard=fleet_flags.shard
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


def _remembered(
    named: Sequence[str], where: tuple[str | None, str | None], fleet_flags: FleetOptions, question: Query, path: str
) -> Sequence[Outcome]:
    """Run a query over a fleet with the cache in a file, which is written where something moved."""
    from pathlib import Path

    from reconciler.config.edit import files
    from reconciler.fleet import cache, document
    from reconciler.fleet.load import discovery, survey

    one_place(where[0])
    choice = _choice(where)
    memory = cache.load(Path(path), choice)
    read = survey.read(discovery.find(named), choice)
    key = memory.key(read, question, fleet_flags.shard)
    known = memory.whole(key)
    # The workers of a cluster may reach what this process does not.
    if known is not None and fleet_flags.is_here and _is_unmoved(known, fleet_flags):
        return [document.Outcome(entry, 0) for _, pages in known for _, entries in pages for entry in entries]
    with fleet_flags.opened(where[0]) as executor:
        found = _sorted_out(survey.members(read, choice, _readers(fleet_flags, executor), memory), fleet_flags)
        results = outcomes(found, question, executor, memory=memory)
    if not found.refused:
        memory.learnt_whole(key, found.batches, question)
    files.replace(path, memory.content())
    return results


def _is_unmoved(known: Sequence[SitePages], fleet_flags: FleetOptions) -> bool:
    """Ask the workspaces of a fleet, several at a time, whether anything moved since."""
    from reconciler.fleet import planning
    from reconciler.fleet.executors import base

    if len(known) == 1:
        return planning.is_unmoved(known[0])
    with fleet_flags.opened(None) as executor:
        return all(unmoved for _, unmoved in base.each(planning.is_unmoved, known, executor, lambda *_: False))


def find(
    named: Sequence[str],
    where: tuple[str | None, str | None],
    fleet_flags: FleetOptions,
    executor: Executor | None = None,
) -> Survey:
    """Find the fleet of the command line; raise ConfigurationInvalid for none. `where` is an address and a seed."""
    from reconciler.fleet.load import discovery, survey

    one_place(where[0])
    return _sorted_out(
        survey.load_members(discovery.find(named), _choice(where), _readers(fleet_flags, executor)), fleet_flags
    )


def _readers(fleet_flags: FleetOptions, executor: Executor | None) -> Executor | None:
    # Nobody is waited for: threads would only read several files half at the same time, and take room for all of them.
    return None if fleet_flags.is_here else executor


def _sorted_out(items: Iterable[Member | Refused], fleet_flags: FleetOptions) -> Survey:
    """Group valid members into batches, and refuse those that contradict another."""
    from reconciler.fleet import model as fleet
    from reconciler.fleet.load import conflicts as fleet_conflicts
    from reconciler.fleet.load import sharding as fleet_shards

    members: list[Member] = []
    refused: list[Refused] = []
    for item in items:
        members.append(item) if isinstance(item, fleet.Member) else refused.append(item)
    contradictory = fleet_conflicts.refused(members)
    out = {item.place for item in contradictory}
    batches = fleet.batches([member for member in members if member.place not in out])
    refused = sorted([*refused, *contradictory], key=lambda item: (item.place.file, item.place.line))
    if fleet_flags.shard is None:
        return Survey(batches, tuple(refused))
    return Survey(*fleet_shards.part(batches, refused, *fleet_flags.shard))


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
    """Work on every batch and return the outcomes, in any order; `again` retries a batch whose worker died."""
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

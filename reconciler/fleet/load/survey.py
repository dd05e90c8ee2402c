"""Survey of a fleet's configurations: files are read here, and parsed on an executor."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from reconciler.config.environments.files import Files, listed
from reconciler.config.yaml import document as source
from reconciler.core.errors import PortalError
from reconciler.fleet.load import stream as source_stream
from reconciler.fleet.model import Member, Place, Refused, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.fleet.cache import Cache
    from reconciler.fleet.model import Choice

_PART = 50
"""The configurations of one task: few enough for all workers to have some of a small fleet."""


def load_members(paths: Sequence[str], choice: Choice, executor: Executor | None = None) -> Iterator[Member | Refused]:
    """Yield every configuration of some files, in order; an invalid one does not hide the others."""
    return members(read(paths, choice), choice, executor)


def members(
    read: Sequence[Files | Refused], choice: Choice, executor: Executor | None = None, memory: Cache | None = None
) -> Iterator[Member | Refused]:
    """Yield every configuration of files that were read, in order."""
    # Loaded where something moved.
    from reconciler.core.git import commits
    from reconciler.fleet.executors import base

    results = [item if memory is None or isinstance(item, Refused) else memory.known(item) for item in read]
    files = [result for result in results if isinstance(result, Files)]
    parts = [(start, tuple(files[start : start + _PART])) for start in range(0, len(files), _PART)]
    work = partial(_understood, choice=choice)
    done = {start: result for (start, _), result in base.each(work, parts, executor, _lost)}
    understood = (item for start, _ in parts for item in done[start])
    commit = commits()
    for item in results:
        here = next(understood) if isinstance(item, Files) else item
        if memory is not None and isinstance(here, Member):
            here = memory.learnt(here)
        yield _addressed(here, commit)


def member(files: Files, choice: Choice) -> Member | Refused:
    """Parse and validate a configuration; its workspace's address may still be `${NAME}`."""
    from reconciler.config import compact, desired, validate
    from reconciler.config.environments import environment as environments
    from reconciler.plan.compare import diff
    from reconciler.plan.compare import ignore_rules as ignoring

    place = Place(files.main, files.first)
    try:
        source.bounded(files.contents[files.main], files.main)
        document = files.document()
        validate.require_valid(document)
        config = desired.of(document, choice.environment)
        site, protected = choice.site, False
        if choice.environment is not None:
            environment = environments.environment(document, choice.environment)
            site, protected = Site(environment.workspace, environment.variable, choice.site.seed), environment.protected
    except PortalError as problem:
        return Refused(place, problem.diagnostics, problem.exit_code)
    place = replace(place, line=config.source(("name",)).line)
    declared = diff.declared(ignoring.without_ignored(config))
    return Member(
        place=place,
        files=files,
        environment=choice.environment,
        site=site,
        protected=protected,
        name=config.name,
        help_center=config.help_center,
        declared=json.dumps(declared, separators=(",", ":")),
        asks_people=bool(config.expectations) or "granted_by_rule" in config.settings,
        kept=compact.Compact.of(config),
    )


def read(paths: Sequence[str], choice: Choice) -> list[Files | Refused]:
    """Read every configuration of some files, in order, with the files of the chosen environment."""
    names = () if choice.environment is None else (choice.environment,)
    listing = cache(listed)
    results: list[Files | Refused] = []
    for path in paths:
        try:
            results += source_stream.read(path, names, listing)
        except PortalError as problem:
            results.append(Refused(Place(path, 1), problem.diagnostics, problem.exit_code))
    return results


_Part = tuple[int, tuple["Files", ...]]


def _understood(part: _Part, choice: Choice) -> tuple[Member | Refused, ...]:
    return tuple(member(files, choice) for files in part[1])


def _lost(part: _Part, problem: Diagnostic) -> tuple[Member | Refused, ...]:
    return tuple(Refused(Place(files.main, files.first), (problem,), 1) for files in part[1])


def _addressed(member: Member | Refused, commit: Callable[[str], str | None]) -> Member | Refused:
    """Add what only the command knows to a member: variables and its commit."""
    if isinstance(member, Refused):
        return member
    site = member.site
    if member.environment is not None:
        from reconciler.config.environments import environment as environments

        try:
            site = replace(site, address=environments.address(str(site.address), member.environment, os.environ))
        except PortalError as problem:
            return Refused(member.place, problem.diagnostics, problem.exit_code, member.name)
    known = commit(member.place.file)
    return member if site is member.site and known is None else replace(member, site=site, commit=known)

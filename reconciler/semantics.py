"""Everything that is wrong with a configuration: schema, cross-checks, and both again for every environment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.checks.refused import refused
from reconciler.checks.rules import rules
from reconciler.checks.settings import data_attributes, environments, expectations, homepage
from reconciler.diagnostics import Diagnostic, error
from reconciler.overrides import effective
from reconciler.schema import check, ordered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.source import Document

MOST_SHOWN = 100
"""How many diagnostics are worth reading at once."""


def validate(document: Document) -> tuple[Diagnostic, ...]:
    """Return what is wrong with, or remarkable about, a configuration; it is usable if none of it is an error.

    All problems are found at once, each once, sorted by their place in the file.
    """
    first = [*document.diagnostics, *refused(document)]
    found = ordered([*first, *_not_explained(_problems(document), first)])
    if len(found) <= MOST_SHOWN:
        return found
    rest = error(
        "too-many-problems",
        f"{len(found) - MOST_SHOWN} more problems are not shown",
        remedy="Solve the first ones; many have the same cause.",
        source=found[MOST_SHOWN].source,
    )
    return (*found[:MOST_SHOWN], rest)


def _problems(document: Document) -> Iterator[Diagnostic]:
    yield from check(document)
    if not isinstance(document.values, dict):
        return
    yield from environments(document)
    yield from _settings(document)
    entries = document.root.at(("environments",))
    for name, entry in entries.children.items() if entries else ():
        if "overrides" in entry.keys:
            merged = effective(document, str(name))
            for one in (*check(merged), *_settings(merged)):
                yield replace(one, summary=f"{one.summary} (in environment `{name}`)")


def _settings(document: Document) -> Iterator[Diagnostic]:
    for checks in (rules, data_attributes, homepage, expectations):
        yield from checks(document)


def _not_explained(problems: Iterable[Diagnostic], known: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the problems that no known one explains.

    The schema's word on a null or a placeholder helps nobody, and what a refused merge would have brought is not
    missing.
    """
    places = {(one.source.line, one.source.column) for one in known if one.source}
    merges = any(one.code == "yaml-merge-key" for one in known)
    for one in problems:
        place = (one.source.line, one.source.column) if one.source else None
        if place not in places and not (merges and one.code == "missing-key"):
            yield one

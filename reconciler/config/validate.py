"""Validate a configuration: schema, cross-checks, and both again for every environment."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from reconciler.config.checks.colors import colors
from reconciler.config.checks.environments import differences, upstreams
from reconciler.config.checks.forbidden import explained, refused
from reconciler.config.checks.ignores import expiry, ignores
from reconciler.config.checks.rules import rules
from reconciler.config.checks.settings import data_attributes, environments, expectations, homepage
from reconciler.config.environments.overrides import effective, only, overridden
from reconciler.config.schema.checker import check, ordered
from reconciler.core.diagnostics import Diagnostic, Severity, error
from reconciler.core.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date

    from reconciler.config.yaml.document import Document
    from reconciler.core.diagnostics import Source

MOST_SHOWN = 100
"""The most diagnostics worth reading at once."""

_MOST_CHECKED = 10 * MOST_SHOWN
_CHECKS: tuple[tuple[Callable[[Document], Iterator[Diagnostic]], frozenset[str]], ...] = (
    (rules, frozenset({"audience", "portal", "data_attributes", "granted_by_rule"})),
    (data_attributes, frozenset({"data_attributes"})),
    (homepage, frozenset({"homepage"})),
    (expectations, frozenset({"expectations"})),
    (ignores, frozenset({"ignore"})),
    (colors, frozenset({"style"})),
)
"""Every check of settings against each other, with the settings it looks at."""

_NEEDED = frozenset({"version", "name", "help_center"})


def validate(document: Document, today: date | None = None) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of a configuration, sorted by place, a hundred at most; no errors: it is valid.

    Without `today` (UTC) the dates of ignore rules are not checked.
    """
    if plan := _plan_instead(document):
        return (plan,)
    first = [*document.diagnostics, *islice(refused(document), _MOST_CHECKED)]
    places = [*(diagnostic.source for diagnostic in first), *islice(explained(document), _MOST_CHECKED)]
    merged = any(diagnostic.code == "yaml-merge-key" for diagnostic in first)
    others = list(islice(_not_explained(_problems(document, today), places, merged=merged), _MOST_CHECKED))
    diagnostics = ordered([*first, *others], document.file)
    if len(diagnostics) <= MOST_SHOWN:
        return diagnostics
    rest = error(
        "too-many-problems",
        f"there are more problems than the first {MOST_SHOWN} that are shown",
        remedy="Solve the first ones; many have the same cause.",
        source=diagnostics[MOST_SHOWN].source,
    )
    return (*diagnostics[:MOST_SHOWN], rest)


def _plan_instead(document: Document) -> Diagnostic | None:
    """Report a document of ours in place of a configuration: no other error helps then."""
    values = document.values
    if not isinstance(values, dict) or not {"format_version", "generator"} <= values.keys():
        return None
    file, kind = document.file, str(values.get("kind", "plan"))
    remedy = "Give the configuration that it was made from."
    if "changes" in values or kind == "fleet":
        remedy = f"portal show {file} shows it, portal apply {file} applies it. {remedy}"
    summary = f"{file} is no configuration: it is a document that portal wrote"
    return error("document-not-configuration", summary, remedy=remedy, source=document.source(()))


def require_valid(document: Document) -> None:
    """Require a valid configuration; raise ConfigurationInvalid with all errors."""
    problems = validate(document)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise ConfigurationInvalid(problems)


def _problems(document: Document, today: date | None) -> Iterator[Diagnostic]:
    yield from check(document)
    if not isinstance(document.values, dict):
        return
    yield from environments(document)
    yield from differences(document)
    yield from upstreams(document)
    for function, _ in _CHECKS:
        yield from function(document)
    if today is not None:
        yield from expiry(document, today)
    for name, settings in overridden(document):
        for problem in _overridden_problems(effective(document, name), settings, today):
            yield replace(problem, summary=f"{problem.summary} (in environment `{name}`)")


def _overridden_problems(document: Document, settings: frozenset[str], today: date | None) -> Iterator[Diagnostic]:
    """Yield the errors in one environment's overrides; the rest was checked without them."""
    yield from check(only(document, settings | _NEEDED))
    for function, reads in _CHECKS:
        if reads & settings:
            yield from function(document)
    if today is not None and "ignore" in settings:
        yield from expiry(document, today)


def _not_explained(
    problems: Iterable[Diagnostic], known: Iterable[Source | None], *, merged: bool
) -> Iterator[Diagnostic]:
    """Yield the problems that no known one explains; the keys of a refused merge are not missing."""
    places = {(source.file, source.line, source.column) for source in known if source}
    for problem in problems:
        place = (problem.source.file, problem.source.line, problem.source.column) if problem.source else None
        if place not in places and not (merged and problem.code == "missing-key"):
            yield problem

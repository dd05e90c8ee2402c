"""Shared by verbs that plan: observe the workspace, and print a document for every outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.plan.model import Plan
    from reconciler.target.protocol import Target


def document(
    config: Config,
    target: Target,
    allow: tuple[str, ...],
    maker: Callable[..., Plan] | None = None,
    remarks: tuple[Diagnostic, ...] = (),
    *,
    strict: bool = False,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Return the document of a plan, as of now; `strict` makes uncertain counts of people an error."""
    from reconciler.operations.plan import judged
    from reconciler.plan.document.write import to_document

    plan = make(config, target, allow, maker, now)
    diagnostics = (*plan.diagnostics, *remarks)
    return judged(to_document(replace(plan, diagnostics=tuple(map(_as_error, diagnostics)) if strict else diagnostics)))


def _as_error(diagnostic: Diagnostic) -> Diagnostic:
    """Turn a warning about the numbers of a preview into an error; others stay."""
    from reconciler.core.diagnostics import Severity
    from reconciler.plan.checks.unseen import STRICT

    return replace(diagnostic, severity=Severity.ERROR) if diagnostic.code in STRICT else diagnostic


def make(
    config: Config,
    target: Target,
    allow: tuple[str, ...],
    maker: Callable[..., Plan] | None = None,
    now: datetime | None = None,
) -> Plan:
    """Make a plan for a file and a workspace, as of now, with `maker` in place of `planning.make_plan`."""
    from reconciler.core.git import current_commit
    from reconciler.operations import plan as planning
    from reconciler.plan.checks.guards import Risk

    plan = (maker or planning.make_plan)(
        config,
        target,
        now=now or datetime.now(UTC),
        commit=current_commit(config.document.file),
        allowed=[Risk(text) for text in allow],
    )
    return replace(plan, diagnostics=(*plan.diagnostics, *_shared(target)))


def _shared(target: Target) -> Iterator[Diagnostic]:
    """Warn of other environments that lead to the workspace of a plan."""
    from reconciler.cli import options
    from reconciler.core.diagnostics import warning
    from reconciler.core.wording import listed

    chosen = options.chosen()
    if chosen is not None and (
        others := [environment.name for environment in options.environments_at(target.endpoint.base_url)]
    ):
        others = [name for name in others if name != chosen]
        if others:
            summary = f"{chosen} leads to the same workspace as {listed(others, 'and')}"
            remedy = "Each takes back what the other applies: check the addresses, and the variables that hold them."
            yield warning("environments-share-workspace", summary, remedy=remedy)


def simulated(document: dict[str, Any], target: Target) -> dict[str, Any]:
    """Add a simulation to a plan document; a blocked plan is not tried."""
    from reconciler.apply import simulate as simulation
    from reconciler.plan.document import write as planfile

    if document["outcome"] != "changes":
        return document
    return planfile.with_simulation(document, simulation.run(document, target))


def with_everybody(document: dict[str, Any], target: Target) -> dict[str, Any]:
    """Add everybody who gains or loses access to a plan document."""
    from reconciler.operations.access import everybody
    from reconciler.plan.document import write as planfile

    if document["access"] is None:
        return document
    views = document["views"]
    people = everybody(target, document["workspace"]["help_center"], views["before"], views["after"])
    return planfile.with_everybody(document, list(people))


def save(document: dict[str, Any], path: str) -> None:
    """Write a plan's document to a file that is no configuration."""
    from reconciler.cli import options
    from reconciler.config.edit import files
    from reconciler.core.documents import dumps

    files.write_document(path, dumps(document).encode("utf-8", "backslashreplace"), options.named_files())

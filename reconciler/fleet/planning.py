"""Plan a batch, in any process: observe its portals together, then plan each; a failure stops no other."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.core.errors import PortalError
from reconciler.fleet import document as fleet_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.fleet.document import Outcome
    from reconciler.fleet.model import Batch, Member, Site
    from reconciler.kinds.state import State
    from reconciler.plan.effect.prerequisites import Values
    from reconciler.plan.model import Plan
    from reconciler.target.protocol import Target

    Entries = Sequence[Mapping[str, Any]]
    SitePages = tuple[Site, Sequence[tuple[str, Entries]]]
    """A workspace with pages of members as they were found: the page's tag, and the members' entries."""


@dataclass(frozen=True, slots=True)
class Query:
    """The query for every member."""

    verb: str  # `plan` or `drift`
    now: datetime  # UTC; the same for all
    allowed: tuple[str, ...] = ()
    detailed: bool = False  # whether pending changes have an exit code of their own


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The outcomes of a batch (`None` where nothing moved since the tag), and its new tag, where there is one."""

    outcomes: tuple[Outcome, ...] | None
    tag: str | None = None


def work(batch: Batch, query: Query) -> BatchResult:
    """Plan the members of a batch."""
    try:
        with opened(batch.site) as target:
            page = target.observe_page([_pair(member) for member in batch.members], batch.tag)
            if page.states is None:
                return BatchResult(None, page.tag)
            from reconciler.fleet import outsiders

            states, desired = outsiders.only(page.states, batch.member_names, target, batch.site), batch.fleet_values
            outcomes = (_member(member, target, states.get(_pair(member)), query, desired) for member in batch.members)
            return BatchResult(tuple(outcomes), page.tag)
    except PortalError as problem:
        return failed(batch, problem.diagnostics, problem.exit_code)


def lost(batch: Batch, problem: Diagnostic) -> BatchResult:
    """Return the result of a batch that was lost with its worker."""
    return failed(batch, (problem,), 1)


def failed(batch: Batch, diagnostics: Sequence[Diagnostic], exit_code: int) -> BatchResult:
    """Return the result of a failed batch, with the reasons."""
    return BatchResult(
        tuple(fleet_document.failed(member, str(batch.site), diagnostics, exit_code) for member in batch.members)
    )


def is_unmoved(pages: SitePages) -> bool:
    """Tell whether nothing moved in a workspace since some pages' tags; false where it does not answer at once."""
    site, tagged = pages
    try:
        with opened(site, retry_seconds="0") as target:
            return all(target.observe_page(list(map(_pair_of, entries)), tag).states is None for tag, entries in tagged)
    except PortalError:
        return False


def _pair_of(entry: Mapping[str, Any]) -> tuple[str, str]:
    return entry["help_center"], entry["name"]


@contextmanager
def opened(site: Site, retry_seconds: str | None = None) -> Iterator[Target]:
    """Open a target and close it on exit; the token is read now, as are `retry_seconds` that are not given."""
    from reconciler.target.connect import connect

    seed = Path(site.seed) if site.seed else None
    token, retry_seconds = os.environ.get(site.variable), retry_seconds or os.environ.get("PORTAL_PATIENCE")
    target = connect(site.address, token=token, seed=seed, retry_seconds=retry_seconds, variable=site.variable)
    try:
        yield target
    finally:
        target.close()


def _pair(member: Member) -> tuple[str, str]:
    return member.help_center, member.name


def _member(member: Member, target: Target, state: State | None, query: Query, fleet_values: Values) -> Outcome:
    from reconciler.operations import observe

    try:
        if state is None:
            raise observe.no_help_center(member.config, target)
        if query.verb == "drift":
            # That is about what is, not about what the others will make of it.
            return _drift(member, target, _plan(member, target, state, query, {}))
        return _planned(member, target, _plan(member, target, state, query, fleet_values), query)
    except PortalError as problem:
        return fleet_document.failed(member, target.name, problem.diagnostics, problem.exit_code)


def _plan(member: Member, target: Target, state: State, query: Query, fleet_values: Values) -> Plan:
    from reconciler.operations import plan as planning
    from reconciler.plan.checks.guards import Risk

    return planning.make_plan(
        member.config,
        target,
        now=query.now,
        commit=member.commit,
        allowed=[Risk(text) for text in query.allowed],
        state=state,
        fleet_values=fleet_values,
    )


def _planned(member: Member, target: Target, plan: Plan, query: Query) -> Outcome:
    # Where nothing is to be done here, others may still open or close the portal for people.
    if not (plan.changes or plan.blocked or plan.impact or plan.record_is_stale or _follows_unfinished(plan)):
        return fleet_document.unchanged(member, target.name, "no_changes", plan.diagnostics)
    from reconciler.operations.plan import judged
    from reconciler.plan.document import write

    document = judged(write.to_document(plan))
    code = 3 if document["outcome"] == "blocked" else 2 if query.detailed and plan.changes else 0
    # What is only to be recorded, or to be put in order, is a part of a saved plan, too.
    return fleet_document.settled(member, target.name, document, code, len(plan.changes), keep=True)


def _follows_unfinished(plan: Plan) -> bool:
    return any(diagnostic.code == "apply-unfinished" for diagnostic in plan.diagnostics)


def _drift(member: Member, target: Target, plan: Plan) -> Outcome:
    from reconciler.operations.drift import drift_document

    document = drift_document(plan)
    code = {"drift": 2, "look_again": 8}.get(document["outcome"], 0)
    return fleet_document.settled(member, target.name, document, code, len(document["findings"]))

"""Ask a workspace what there is, and make the plan. Reads only: nothing here can change a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler import (
    cautions,
    changes,
    concerns,
    coverage,
    diff,
    expectations,
    foresight,
    guards,
    ignoring,
    impact,
    prerequisites,
)
from reconciler.checks import ignores
from reconciler.diagnostics import Severity
from reconciler.diff import Origin
from reconciler.errors import ConfigurationInvalid, NotFound, WorkspaceUnusable
from reconciler.kinds import kind_of
from reconciler.plan import Afterwards, Attribution, Drift, IgnoreRule, Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from reconciler.config import Config
    from reconciler.diff import Difference
    from reconciler.foresight import Foreseen
    from reconciler.guards import Risk
    from reconciler.targets.base import Target


def make_plan(
    whole: Config, target: Target, *, now: datetime, commit: str | None = None, allowed: Iterable[Risk] = ()
) -> Plan:
    """Return what would have to be done to make the workspace what the file wants.

    Args:
        whole: What the file wants, with what it ignores.
        target: The workspace. One request where nothing changes; one more each for access impact,
            expectations, the authors of drift, and the first few conditions of a new audience that exclude companies.
        now: The moment of planning, UTC.
        commit: The commit that the file is from.
        allowed: The risks that the command line permits.

    Raises:
        ConfigurationInvalid: The last day of an ignore rule is over.
        WorkspaceUnusable: The workspace could not be asked.
    """
    ending = tuple(ignores.expiry(whole.document, now.date()))
    if any(one.severity is Severity.ERROR for one in ending):
        raise ConfigurationInvalid(ending)
    config = ignoring.managed(whole)
    foreseen = foresee(whole, target, now=now)
    state, today = foreseen.state, now.date()
    settings = prerequisites.evaluate(state, foreseen.differences, today)
    effect = None
    if foreseen.changes_access:
        effect = impact.from_answer(target.compare(config.help_center, foreseen.before, foreseen.after))
    asked = [
        (question, impact.from_answer(target.compare(config.help_center, question.before, question.after)))
        for question in cautions.questions(config, foreseen)
    ]
    verdicts = expectations.judge(config.expectations, _asked(config, target, foreseen))
    guarded = guards.check(
        config.guards,
        effect,
        audience=foreseen.outcome("audience", "rule"),
        publishes_foreign_draft=foreseen.publishes_foreign_draft,
        allowed=frozenset(allowed),
    )
    covered = coverage.ledger(whole, state)
    portal = state.resources[f"portal/{state.help_center}"]
    return Plan(
        name=config.name,
        file=config.document.file,
        digest=config.digest,
        commit=commit,
        workspace=state.workspace,
        workspace_name=state.workspace_name,
        target=target.name,
        help_center=state.help_center,
        created_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        revisions={address: resource.revision for address, resource in state.resources.items()},
        declared=ignoring.recorded(whole, state),
        changes=changes.changes(config, foreseen, effect, today),
        drift=tuple(_drift(config, target, foreseen.differences)),
        prerequisites=settings,
        portal_enabled=portal.values["enabled"] if config.enabled is None else config.enabled,
        portal_url=portal.facts["url"],
        impact=effect,
        expectations=verdicts,
        guards=guarded,
        ignored=_ignored(whole, foreseen),
        coverage=covered,
        record_revision=state.record.revision if state.record else None,
        record_values=state.record.values if state.record else {},
        record_digest=state.record.digest if state.record else "",
        diagnostics=(
            *concerns.about(config, foreseen, settings, verdicts, guarded),
            *cautions.about(config, foreseen, effect, asked),
            *concerns.ignored(whole, config, foreseen),
            *concerns.unknown(covered),
            *ending,
        ),
    )


def foresee(config: Config, target: Target, *, now: datetime) -> Foreseen:
    """Observe a workspace, and return what a file would make of it.

    Raises:
        WorkspaceUnusable: The workspace could not be asked, or has no such Help Center.
    """
    try:
        state = target.observe(config.help_center, config.name)
    except NotFound as missing:
        raise WorkspaceUnusable(concerns.no_help_center(config, target.name, target.help_centers())) from missing
    return foresight.foresee(config, state, now.date())


def converged(config: Config, target: Target) -> Afterwards:
    """Ask the workspace again after an apply, and return whether it is now as the file wants it."""
    state = target.observe(config.help_center, config.name)
    portal = state.resources[f"portal/{state.help_center}"]
    left = diff.differences(ignoring.managed(config), state)
    return Afterwards(not left, portal.facts["url"], portal.facts["effective"])


def _asked(config: Config, target: Target, foreseen: Foreseen) -> Iterable[Mapping[str, Any]]:
    if not config.expectations:
        return ()
    people = expectations.people(config.expectations)
    return target.check(config.help_center, people, foreseen.after, card_shown=foreseen.card_shown)


def _ignored(config: Config, foreseen: Foreseen) -> tuple[IgnoreRule, ...]:
    return tuple(
        IgnoreRule(
            address=one.rule.address,
            field=one.rule.field,
            reason=one.rule.reason,
            owner=one.rule.owner,
            until=one.rule.until.isoformat(),
            differences=one.differences,
            source=config.source(one.rule.path),
        )
        for one in foreseen.ignored
    )


def _drift(config: Config, target: Target, differences: Iterable[Difference]) -> Iterator[Drift]:
    for one in differences:
        changed = [change for change in one.fields if change.origin is not Origin.CONFIG]
        if not changed:
            continue
        kind = kind_of(one.address)
        # The record knows no revision of the workspace, so the log is asked for all that it keeps of the object.
        log = target.activity(one.address, 0)
        for change in changed:
            yield Drift(
                address=one.address,
                field=change.field,
                recorded=change.recorded,
                live=None if one.resource is None else kind.observed(change.field, change.recorded, one.resource),
                origin=change.origin,
                attribution=_author(log, kind.wire_fields(change.field)),
                source=config.source(change.path),
            )


def _author(log: Iterable[Mapping[str, Any]], names: frozenset[str]) -> Attribution | None:
    for entry in log:
        if names & entry["changes"].keys():
            return Attribution(entry["by"]["name"], entry["at"], entry["via"])
    return None

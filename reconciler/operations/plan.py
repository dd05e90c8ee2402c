"""Observe a workspace, make the plan, and have its document judged. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.config import policies
from reconciler.core.errors import NotFound
from reconciler.operations.drift import drift
from reconciler.operations.observe import ending_ignores, grant_by_rule, observe, observe_people
from reconciler.plan import changes
from reconciler.plan.checks import audience, expectations, granted, guards, parts, preflight, unseen
from reconciler.plan.compare import coverage, diff, knowledge
from reconciler.plan.compare import ignore_rules as ignoring
from reconciler.plan.document import write
from reconciler.plan.effect import homepage_preview as pages
from reconciler.plan.effect import impact, prerequisites, projection, rollback
from reconciler.plan.model import IgnoreRule, Plan, Purpose, RecordedState
from reconciler.target import screens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.kinds.state import State
    from reconciler.plan.checks.guards import Risk
    from reconciler.plan.effect.homepage_preview import Pages
    from reconciler.plan.effect.impact import AccessView
    from reconciler.plan.effect.prerequisites import Values
    from reconciler.plan.effect.projection import Projection
    from reconciler.plan.effect.rollback import Rollback
    from reconciler.target.protocol import Target


def make_plan(
    config: Config,
    target: Target,
    *,
    now: datetime,
    commit: str | None = None,
    allowed: Iterable[Risk] = (),
    state: State | None = None,
    fleet_values: Values = prerequisites.NOTHING,
) -> Plan:
    """Plan the changes that make the workspace match the configuration, at `now` in UTC.

    One request where nothing changes; one more each for access impact, the content of a changed homepage, expectations,
    the authors of drift, the first few conditions of a new audience that exclude companies, and the parts of a changed
    rule. `fleet_values` are workspace settings wanted by other members of the batch, in declared form.

    Raises:
        ConfigurationInvalid: An ignore rule has expired, or no one could enter a rule at the vendor.
        Blocked: A person has more granted companies than the limit, or rules grant them to too many people.
        WorkspaceUnusable: The workspace cannot be reached.
    """
    ending = ending_ignores(config, now)
    granted.refuse_too_many(config)
    config, state = observe_people(config, target, state or observe(config, target))
    if state.upstream is not None:
        screens.check(ignoring.without_ignored(config), state.upstream.vendor)
    projected = projection.project(config, state, now.date(), fleet_values)
    values = ignoring.recorded(config, projected.state)
    recorded = RecordedState(config.digest, values, config.kept, commit)
    request = PlanRequest(Purpose.APPLY, projected, recorded, remarks=ending)
    return _plan(config, target, request, now=now, commit=commit, allowed=allowed)


def plan_revert(
    config: Config, target: Target, *, now: datetime, commit: str | None = None, allowed: Iterable[Risk] = ()
) -> Plan:
    """Plan the revert of drift; the file's own changes are left alone. Arguments and errors as for `make_plan`."""
    ending = ending_ignores(config, now)
    state = observe(config, target)
    config = grant_by_rule(config, target, state)
    projected = projection.project_revert(config, state, now.date())
    request = PlanRequest(Purpose.REVERT, projected, _recorded(projected.state), remarks=ending)
    return _plan(config, target, request, now=now, commit=commit, allowed=allowed)


def plan_undo(
    config: Config,
    target: Target,
    receipt: Mapping[str, Any],
    *,
    now: datetime,
    commit: str | None = None,
    allowed: Iterable[Risk] = (),
) -> Plan:
    """Plan the undo of one apply, at `now` in UTC, with the guards and expectations of `config`.

    Raises:
        PortalError: The receipt is of another configuration, or has nothing to undo.
        Stale: Fields have changed since; names each.
        Blocked: The former value of a field is unknown.
    """
    from reconciler.plan import undo

    state = observe(config, target)
    undo.check(receipt, config)
    if state.upstream is not None:
        receipt = undo.with_noted(receipt, target.tasks(receipt=receipt["id"]), config)
    undo.refuse_changed(receipt, state, target.activity)
    projected = projection.project_undo(config, state, undo.differences(receipt, state), now.date())
    request = PlanRequest(Purpose.UNDO, projected, undo.record(receipt), undoes=receipt["id"])
    return _plan(config, target, request, now=now, commit=commit, allowed=allowed)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """The purpose of a plan, its projection, and the values to record."""

    purpose: Purpose
    projected: Projection
    to_record: RecordedState
    undoes: str | None = None
    remarks: tuple[Diagnostic, ...] = ()


def _plan(
    whole: Config, target: Target, request: PlanRequest, *, now: datetime, commit: str | None, allowed: Iterable[Risk]
) -> Plan:
    config = ignoring.without_ignored(whole)
    projected = request.projected
    state, today = projected.state, now.date()
    settings = prerequisites.evaluate(state, projected.differences, today, projected.fleet_values)
    effect = None
    if projected.changes_access:
        effect = impact.from_answer(target.compare(config.help_center, projected.before, projected.after))
    queries = [
        (question, impact.from_answer(target.compare(config.help_center, question.before, question.after)))
        for question in audience.questions(config, projected)
    ]
    judged = parts.Parts.of(config, projected)
    counted = _parts(config, target, judged) if judged else None
    people, companies = granted.named(projected)
    people_known = target.resolve(config.help_center, people, companies) if people else None
    verdicts = expectations.judge(config.expectations, _access(config, target, projected))
    guarded = guards.check(
        config.guards,
        effect,
        audience=projected.outcome("audience", "rule"),
        publishes_foreign_draft=projected.publishes_foreign_draft,
        allowed=frozenset(allowed),
    )
    covered = coverage.Coverage(whole, state)
    returns = rollback.of(config, projected)
    return Plan(
        purpose=request.purpose,
        undoes=request.undoes,
        name=config.name,
        file=config.document.file,
        digest=config.digest,
        commit=commit,
        environment=whole.environment,
        workspace=state.workspace,
        workspace_name=state.workspace_name,
        target=target.name,
        help_center=state.help_center,
        created_at=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        revision=state.revision,
        moment=state.moment,
        revisions={address: resource.revision for address, resource in state.resources.items()},
        changes=changes.changes(config, projected, effect, today),
        rollbacks=returns,
        views=(projected.before, projected.after),
        managed={address: tuple(fields) for address, fields in diff.declared(config).items()},
        drift=tuple(drift(config, target, projected.differences)),
        prerequisites=settings,
        portal_enabled=_enabled_after(projected),
        portal_url=state.portal.facts["url"],
        pages=_pages(target, state, returns, (projected.before, projected.after)),
        impact=effect,
        expectations=verdicts,
        guards=guarded,
        approvals=config.guards.approvals,
        ignored=_ignored(whole, projected),
        coverage=covered,
        record_revision=state.record.revision if state.record else None,
        recorded=_recorded(state),
        to_record=request.to_record,
        diagnostics=(
            *preflight.about(config, projected, settings, verdicts, guarded, undoes=request.purpose is Purpose.UNDO),
            *audience.about(config, projected, effect, queries),
            *(judged.about(config, counted) if judged else ()),
            *(granted.about(config, state, people_known) if people_known else ()),
            *granted.incomplete(config, projected),
            *granted.by_rule(config, projected),
            *parts.writable(config, projected),
            *preflight.ignored(whole, config, projected),
            *preflight.unknown(covered),
            *preflight.shared(config, projected),
            *preflight.running(state),
            *unseen.about(projected),
            *unseen.differing(config, projected, lambda rule: _compared(target, rule)),
            *request.remarks,
        ),
        knowledge=knowledge.of(config, state),
        attestations=whole.attestations,
    )


def _parts(config: Config, target: Target, judged: parts.Parts) -> Mapping[str, Any] | None:
    """Count the people of each part of the rules; `None` where the workspace is too old."""
    try:
        return target.parts(config.help_center, judged.rules(config))
    except NotFound:
        return None


def _compared(target: Target, rule: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Compare a vendor's count of people with the mirror's; `None` where the workspace is too old."""
    try:
        return target.compare_people(rule)
    except NotFound:
        return None


def _recorded(state: State) -> RecordedState:
    record = state.record
    return RecordedState(record.digest, record.values, record.base, record.commit) if record else RecordedState()


def _enabled_after(projected: Projection) -> bool:
    becomes = projected.outcome("portal", "enabled")
    enabled: bool = projected.state.portal.values["enabled"] if becomes is None else becomes
    return enabled


def _access(config: Config, target: Target, projected: Projection) -> Iterable[Mapping[str, Any]]:
    if not config.expectations:
        return ()
    people = expectations.people(config.expectations)
    return target.check(config.help_center, people, projected.after, card_shown=projected.card_shown)


def _pages(
    target: Target, state: State, returns: tuple[Rollback, ...], views: tuple[AccessView, AccessView]
) -> Pages | None:
    between = pages.between(state, returns, views)
    if between is None:
        return None
    return replace(between, content=pages.content(between, target.homepage_content(state.help_center)))


def _ignored(config: Config, projected: Projection) -> tuple[IgnoreRule, ...]:
    return tuple(
        IgnoreRule(
            address=ignored.rule.address,
            field=ignored.rule.field,
            reason=ignored.rule.reason,
            owner=ignored.rule.owner,
            until=ignored.rule.until.isoformat(),
            differences=ignored.differences,
            source=config.source(ignored.rule.path),
        )
        for ignored in projected.ignored
    )


def judged(document: dict[str, Any]) -> dict[str, Any]:
    """Add the judgement of policies to a plan document; where nothing changes they are not asked."""
    if not document["changes"]:
        return document
    judge = policies.judge(document)
    return write.with_policies(document, judge) if judge.policies else document

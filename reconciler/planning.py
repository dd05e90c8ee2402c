"""Ask a workspace what there is, and make the plan. Reads only: nothing here can change a workspace."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler import concerns, diff, expectations, guards, impact, order, prerequisites
from reconciler.diff import Origin
from reconciler.guards import Risk
from reconciler.kinds import homepage, kind_of
from reconciler.plan import Action, Afterwards, Attribution, Change, Drift, Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from reconciler.config import Config
    from reconciler.diff import Difference, FieldChange
    from reconciler.expectations import Verdict
    from reconciler.impact import Impact
    from reconciler.order import Step
    from reconciler.state import State
    from reconciler.targets.base import Target


def make_plan(
    config: Config, target: Target, *, now: datetime, commit: str | None = None, allowed: Iterable[Risk] = ()
) -> Plan:
    """Return what would have to be done to make the workspace what the file wants.

    Args:
        config: What the file wants.
        target: The workspace. One request where nothing changes; one more each for access impact,
            expectations, and the authors of drift.
        now: The moment of planning, UTC.
        commit: The commit that the file is from.
        allowed: The risks that the command line permits.

    Raises:
        WorkspaceUnusable: The workspace could not be asked.
    """
    state = target.observe(config.help_center, config.name)
    differences = diff.differences(config, _foresee_card(config, state))
    steps = order.arrange(differences, state, now.date())
    settings = prerequisites.evaluate(state, differences, now.date())
    before, after = impact.view_before(state), impact.view_after(config, state, differences, now.date())
    effect = None
    if before != after and (before["open"] or after["open"]):
        effect = impact.from_answer(target.compare(config.help_center, before, after))
    verdicts = _judge(config, target, state, differences, after)
    foreign = _publishes_foreign_draft(config, state, differences)
    guarded = guards.check(
        config.guards,
        effect,
        audience=_outcome(differences, "audience", "rule"),
        publishes_foreign_draft=foreign,
        allowed=frozenset(allowed),
    )
    enabled = _outcome(differences, "portal", "enabled")
    portal = state.resources[f"portal/{state.help_center}"]
    changes = tuple(
        _change(position, step, config, effect, foreign=foreign) for position, step in enumerate(steps, start=1)
    )
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
        declared=diff.declared(config),
        changes=changes,
        drift=_drift(config, target, state, differences),
        prerequisites=settings,
        portal_enabled=portal.values["enabled"] if enabled is None else enabled,
        portal_url=portal.facts["url"],
        impact=effect,
        expectations=verdicts,
        guards=guarded,
        record_revision=state.record.revision if state.record else None,
        record_values=state.record.values if state.record else {},
        record_digest=state.record.digest if state.record else "",
        diagnostics=tuple(
            concerns.about(config, state, differences, settings, verdicts, guarded, enables=enabled is True)
        ),
    )


def _foresee_card(config: Config, state: State) -> State:
    """Return the state as the homepage will find it: enabling the portal adds its card to the draft."""
    address = f"homepage/{state.help_center}"
    if not config.enabled or state.resources[f"portal/{state.help_center}"].values["enabled"]:
        return state
    return replace(state, resources={**state.resources, address: homepage.with_card(state.resources[address])})


def _outcome(differences: Iterable[Difference], kind: str, field: str) -> Any:
    for one in differences:
        if one.address.partition("/")[0] == kind:
            return one.outcome.get(field)
    return None


def _change(position: int, step: Step, config: Config, effect: Impact | None, *, foreign: bool) -> Change:
    address, resource = step.difference.address, step.difference.resource
    kind = kind_of(address)
    return Change(
        id=str(position),
        address=address,
        title=kind.title,
        action=Action.UPDATE if resource else Action.CREATE,
        fields=step.difference.fields,
        sources={change.field: config.source(change.path) for change in step.difference.fields},
        risks=tuple(dict.fromkeys(_risks(step, effect, foreign=foreign))),
        operations=kind.operations(address, resource, step.difference.outcome, config),
        revision=resource.revision if resource else None,
        needs=tuple(str(one + 1) for one in step.needs),
        reason=step.reason,
    )


def _risks(step: Step, effect: Impact | None, *, foreign: bool) -> Iterator[Risk]:
    kind = kind_of(step.difference.address).name
    if step.reason:
        return
    if step.closes:
        yield Risk.CLOSES_PORTAL
    if effect is not None:
        decides = {"audience": (effect.gained, effect.lost), "ticket_visibility": (effect.sees_more, effect.sees_less)}
        more, less = decides.get(kind, (effect.gained if step.opens else None, None))
        if more is not None and more.count:
            yield Risk.WIDENS_ACCESS
        if less is not None and less.count:
            yield Risk.NARROWS_ACCESS
    if any(change.origin is not Origin.CONFIG for change in step.difference.fields):
        yield Risk.REPLACES_FOREIGN_EDIT
    if kind == "homepage" and foreign:
        yield Risk.PUBLISHES_FOREIGN_DRAFT
    if any(_drops_options(change) for change in step.difference.fields):
        yield Risk.DELETES


def _drops_options(change: FieldChange) -> bool:
    return change.field == "options" and isinstance(change.before, list) and not set(change.before) <= set(change.after)


def _publishes_foreign_draft(config: Config, state: State, differences: Sequence[Difference]) -> bool:
    address = f"homepage/{state.help_center}"
    if all(one.address != address for one in differences):
        return False
    wanted = dict(homepage.KIND.declared(config))[address]
    return homepage.publishes_foreign_draft(
        wanted.get("sections", True),
        state.resources[address],
        enables=_outcome(differences, "portal", "enabled") is True,
    )


def _judge(
    config: Config, target: Target, state: State, differences: Sequence[Difference], after: Mapping[str, Any]
) -> tuple[Verdict, ...]:
    if not config.expectations:
        return ()
    live = state.resources[f"homepage/{state.help_center}"].facts["live"]
    publishes = config.homepage is not None and config.homepage.publish
    rows = _outcome(differences, "homepage", "sections") if publishes else None
    shown = any(row["type"] == homepage.CARD and row["enabled"] for row in rows or live)
    people = expectations.people(config.expectations)
    results = target.check(config.help_center, people, after, card_shown=shown)
    return expectations.judge(config.expectations, results)


def _drift(config: Config, target: Target, state: State, differences: Iterable[Difference]) -> tuple[Drift, ...]:
    found = []
    for one in differences:
        changed = [change for change in one.fields if change.origin is not Origin.CONFIG]
        if not changed:
            continue
        kind = kind_of(one.address)
        # The record knows no revision of the workspace, so the log is asked for all that it keeps of the object.
        log = target.activity(one.address, 0)
        for change in changed:
            live = None if one.resource is None else kind.observed(change.field, change.recorded, one.resource)
            found.append(
                Drift(
                    address=one.address,
                    field=change.field,
                    recorded=change.recorded,
                    live=live,
                    origin=change.origin,
                    attribution=_author(log, kind.wire_fields(change.field)),
                    source=config.source(change.path),
                )
            )
    return tuple(found)


def _author(log: Iterable[Mapping[str, Any]], names: frozenset[str]) -> Attribution | None:
    for entry in log:
        if names & entry["changes"].keys():
            return Attribution(entry["by"]["name"], entry["at"], entry["via"])
    return None


def converged(config: Config, target: Target) -> Afterwards:
    """Ask the workspace again after an apply, and return whether it is now as the file wants it."""
    state = target.observe(config.help_center, config.name)
    portal = state.resources[f"portal/{state.help_center}"]
    left = diff.differences(config, state)
    return Afterwards(not left, portal.facts["url"], portal.facts["effective"])

"""Observe a workspace and project its state after a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.config.checks import ignores
from reconciler.core.diagnostics import Severity
from reconciler.core.errors import ConfigurationInvalid, NotFound, WorkspaceUnusable
from reconciler.kinds import audience, granted_companies, ticket_visibility
from reconciler.plan.checks import granted as granted_checks
from reconciler.plan.checks import preflight
from reconciler.plan.effect import projection
from reconciler.rules import model as rules
from reconciler.rules import wire as rules_wire

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.kinds.granted_companies import Grantor
    from reconciler.kinds.state import State
    from reconciler.plan.effect.projection import Projection
    from reconciler.target.protocol import Target

FRESH = 600
"""Seconds for which mirrored people are fresh enough for a plan."""
_PER_PAGE = 500


def ending_ignores(config: Config, now: datetime) -> tuple[Diagnostic, ...]:
    """Warn of ignore rules that expire soon; refuse expired ones."""
    ending = tuple(ignores.expiry(config.document, now.date()))
    if any(diagnostic.severity is Severity.ERROR for diagnostic in ending):
        raise ConfigurationInvalid(ending)
    return ending


def project_state(config: Config, target: Target, *, now: datetime) -> Projection:
    """Observe a workspace and project its state after the plan; raise WorkspaceUnusable."""
    state = observe(config, target)
    return projection.project(grant_by_rule(config, target, state), state, now.date())


def observe(config: Config, target: Target) -> State:
    """Observe all managed resources of the Help Center; raise WorkspaceUnusable, also where that is missing."""
    try:
        return target.observe(config.help_center, config.name)
    except NotFound as missing:
        raise no_help_center(config, target) from missing


def observe_people(config: Config, target: Target, state: State) -> tuple[Config, State]:
    """Refresh a vendor's people where they are too old to count on; return the file with the grants of its rules."""
    if state.upstream is not None:
        queries = granted(config)
        mirror = target.refresh_people(
            attributes(config), older_than=FRESH, granted=queries, companies=granted_companies.companies(config)
        )
        if mirror != state.upstream.mirror or queries:
            state = observe(config, target)
        if concerned := grant_by_rule(config, target, state).by_rule:
            target.refresh_people(attributes(config), older_than=FRESH, granted=list(concerned))
            state = observe(config, target)
    return grant_by_rule(config, target, state), state


def grant_by_rule(config: Config, target: Target, state: State) -> Config:
    """Return a configuration with the grants that its rules give the people at hand; raise Blocked for too many."""
    given = granted_companies.grantors(config)
    if not given:
        return config
    matches = [_matching(config, target, number, grantor) for number, grantor in enumerate(given)]
    granting = replace(config, by_rule=granted_companies.by_rule(config, matches, granted_companies.KIND.find(state)))
    granted_checks.refuse_too_many(granting)
    return granting


def _matching(config: Config, target: Target, number: int, grantor: Grantor) -> list[Mapping[str, Any]]:
    """Return everybody who matches a rule; raise Blocked where they are too many."""
    if grantor.where is None:
        return []
    audience_of = {"mode": "rule", "rule": rules_wire.to_wire(grantor.where, config.attribute_types)}
    people: list[Mapping[str, Any]] = []
    page = 1
    while True:
        answer = target.preview(config.help_center, audience_of, page=page, per_page=_PER_PAGE)
        granted_checks.refuse_too_wide(config, number, answer["count"])
        people += answer["people"]
        if page >= answer["total_pages"]:
            return people
        page += 1


def people_for(config: Config, target: Target) -> Mapping[str, Any] | None:
    """Mirror a vendor's people with the attributes that the rules need; return the progress, None without a vendor."""
    try:
        target.people_mirrored()
    except NotFound:
        return None
    return target.refresh_people(attributes(config), older_than=FRESH)


def attributes(config: Config) -> dict[str, list[str]]:
    """Collect the attributes of people and companies that the rules name, without the built-in ones."""
    by_model: dict[str, set[str]] = {"person": set(), "company": set()}
    given = (grantor.where for grantor in granted_companies.grantors(config))
    for rule in (audience.KIND.desired(config), ticket_visibility.KIND.desired(config), *given):
        if rule is None or isinstance(rule, str):
            continue
        for name in rules.attributes(rule):
            model, _, attribute = name.partition(".")
            by_model.setdefault(model, set()).add(attribute)
    return {model: sorted(names) for model, names in by_model.items()}


def granted(config: Config) -> list[str]:
    """Collect the people with granted companies, whom a vendor tells one by one."""
    return sorted(granted_companies.KIND.desired(config))


def no_help_center(config: Config, target: Target) -> WorkspaceUnusable:
    """Build the error for a missing Help Center; asks the workspace for those it has."""
    return WorkspaceUnusable(preflight.no_help_center(config, target.name, target.help_centers()))

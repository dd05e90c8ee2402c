"""Observe a workspace and project its state after a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.config.checks import ignores
from reconciler.core.diagnostics import Severity
from reconciler.core.errors import ConfigurationInvalid, NotFound, WorkspaceUnusable
from reconciler.kinds import audience, granted_companies, ticket_visibility
from reconciler.plan.checks import preflight
from reconciler.plan.effect import projection
from reconciler.rules import model as rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Diagnostic
    from reconciler.kinds.state import State
    from reconciler.plan.effect.projection import Projection
    from reconciler.target.protocol import Target

FRESH = 600
"""Seconds for which mirrored people are fresh enough for a plan."""


def ending_ignores(config: Config, now: datetime) -> tuple[Diagnostic, ...]:
    """Warn of ignore rules that expire soon; refuse expired ones."""
    ending = tuple(ignores.expiry(config.document, now.date()))
    if any(diagnostic.severity is Severity.ERROR for diagnostic in ending):
        raise ConfigurationInvalid(ending)
    return ending


def project_state(config: Config, target: Target, *, now: datetime) -> Projection:
    """Observe a workspace and project its state after the plan; raise WorkspaceUnusable."""
    return projection.project(config, observe(config, target), now.date())


def observe(config: Config, target: Target) -> State:
    """Observe all managed resources of the Help Center; raise WorkspaceUnusable, also where that is missing."""
    try:
        return target.observe(config.help_center, config.name)
    except NotFound as missing:
        raise no_help_center(config, target) from missing


def observe_people(config: Config, target: Target, state: State) -> State:
    """Refresh a vendor's people where they are too old to count on."""
    if state.upstream is None:
        return state
    queries = granted(config)
    mirror = target.refresh_people(attributes(config), older_than=FRESH, granted=queries)
    if mirror == state.upstream.mirror and not queries:
        return state
    return observe(config, target)


def people_for(config: Config, target: Target) -> Mapping[str, Any] | None:
    """Mirror a vendor's people with the attributes that the rules need, and return the progress.

    None, and no request, where people live in the workspace itself.
    """
    try:
        target.people_mirrored()
    except NotFound:
        return None
    return target.refresh_people(attributes(config), older_than=FRESH)


def attributes(config: Config) -> dict[str, list[str]]:
    """Collect the attributes of people and companies that the rules name, without the built-in ones."""
    by_model: dict[str, set[str]] = {"person": set(), "company": set()}
    for rule in (audience.KIND.desired(config), ticket_visibility.KIND.desired(config)):
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

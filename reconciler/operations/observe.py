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
"""For how many seconds people that were mirrored from a vendor are good enough for a plan."""


def ending_ignores(config: Config, now: datetime) -> tuple[Diagnostic, ...]:
    """Return what is to be said about ignore rules that come to their end; refuse those that have."""
    ending = tuple(ignores.expiry(config.document, now.date()))
    if any(diagnostic.severity is Severity.ERROR for diagnostic in ending):
        raise ConfigurationInvalid(ending)
    return ending


def project_state(config: Config, target: Target, *, now: datetime) -> Projection:
    """Observe a workspace, and return what a file would make of it.

    Raises:
        WorkspaceUnusable: The workspace could not be asked, or has no such Help Center.
    """
    return projection.project(config, observe(config, target), now.date())


def observe(config: Config, target: Target) -> State:
    """Return everything that can be managed in the Help Center that a file is for.

    Raises:
        WorkspaceUnusable: The workspace could not be asked, or has no such Help Center.
    """
    try:
        return target.observe(config.help_center, config.name)
    except NotFound as missing:
        raise no_help_center(config, target) from missing


def observe_people(config: Config, target: Target, state: State) -> State:
    """Return a state with people that are fresh enough to count on, where they live at a vendor."""
    if state.upstream is None:
        return state
    queries = granted(config)
    mirror = target.refresh_people(attributes(config), older_than=FRESH, granted=queries)
    if mirror == state.upstream.mirror and not queries:
        return state
    return observe(config, target)


def people_for(config: Config, target: Target) -> Mapping[str, Any] | None:
    """Bring the people of a vendor up to date, with what the rules of a file ask of them, and return how far they are.

    Nothing is done, and None returned, where people live in the workspace itself.
    """
    try:
        target.people_mirrored()
    except NotFound:
        return None
    return target.refresh_people(attributes(config), older_than=FRESH)


def attributes(config: Config) -> dict[str, list[str]]:
    """Return the attributes of people and companies that the rules of a file name, without those of everybody."""
    found: dict[str, set[str]] = {"person": set(), "company": set()}
    for rule in (audience.KIND.desired(config), ticket_visibility.KIND.desired(config)):
        if rule is None or isinstance(rule, str):
            continue
        for name in rules.attributes(rule):
            model, _, attribute = name.partition(".")
            found.setdefault(model, set()).add(attribute)
    return {model: sorted(names) for model, names in found.items()}


def granted(config: Config) -> list[str]:
    """Return the people whose granted companies a file names: the vendor tells them one by one."""
    return sorted(granted_companies.KIND.desired(config))


def no_help_center(config: Config, target: Target) -> WorkspaceUnusable:
    """Return the error for a Help Center that a workspace does not have, which is asked for those that it has."""
    return WorkspaceUnusable(preflight.no_help_center(config, target.name, target.help_centers()))

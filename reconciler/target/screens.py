"""Limits of a vendor's settings pages, checked before a person stands in front of them. Asks nobody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.config.environments import environment as environments
from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config.desired import Config
    from reconciler.config.yaml.document import Document
    from reconciler.core.diagnostics import Path
    from reconciler.rules.model import Rule

# What follows is loaded where a workspace is a vendor's: most are not, and then nothing of it is needed.
_VENDORS = frozenset({"intercom"})


def check(config: Config, vendor: str) -> None:
    """Require a configuration that a person can enter; raise ConfigurationInvalid with every part that is not."""
    if diagnostics := tuple(refused(config, vendor)):
        raise ConfigurationInvalid(diagnostics)


def of_environments(document: Document, only: str | None) -> Iterator[Diagnostic]:
    """Yield errors for a valid file's rules that a vendor's pages cannot hold, in one of its environments or in all."""
    from reconciler.config import desired

    for name in [only] if only else document.values.get("environments", {}):
        if environments.environment(document, name).workspace.startswith(environments.INTERCOM):
            yield from refused(desired.of(document, name), "intercom")


def refused(config: Config, vendor: str) -> Iterator[Diagnostic]:
    """Yield an error for each part of a file's rules that a vendor's pages do not have."""
    if vendor not in _VENDORS:
        return
    from reconciler.rules.wire import to_wire
    from workspace.upstream.intercom.audience import problems

    for address, path, rule in _rules(config):
        for problem in problems(to_wire(rule, config.attribute_types)):
            place = (*path, *_path(rule, problem.field or ""))
            message = (
                f"{problem.message} (in environment `{config.environment}`)" if config.environment else problem.message
            )
            remedy = str((problem.data or {}).get("remedy", ""))
            source = config.source(place)
            yield error("not-expressible", message, remedy=remedy, address=address, source=source)


def places(vendor: str) -> Mapping[str, str]:
    """Return the vendor's words for the place of each setting, by the beginning of its address."""
    if vendor not in _VENDORS:
        return {}
    from workspace.upstream.intercom.screens import screens

    queries = [
        screen for screen in screens() if screen.address != "help_center" or "cookie_forwarding" in screen.fields
    ]
    return {query.address: " › ".join(query.place.path) for query in queries}


def sections(vendor: str) -> Mapping[str, str]:
    """Return the types of a homepage's sections, by the vendor's names."""
    if vendor not in _VENDORS:
        return {}
    from workspace.upstream.intercom.screens import SECTIONS

    return {label: kind for kind, label in SECTIONS.items()}


def _rules(config: Config) -> Iterator[tuple[str, Path, Rule]]:
    from reconciler.kinds.audience import KIND as AUDIENCE
    from reconciler.kinds.ticket_visibility import KIND as VISIBILITY

    audience, visibility = AUDIENCE.desired(config), VISIBILITY.desired(config)
    if audience is not None and not isinstance(audience, str):
        yield AUDIENCE.address(config.help_center), ("audience",), audience
    if visibility is not None and not isinstance(visibility, str):
        yield VISIBILITY.address(config.help_center), ("portal", "ticket_visibility", "own_for"), visibility


def _path(rule: Any, field: str) -> Iterator[str | int]:
    """Yield the path in a file to the part at the admin API's path."""
    from reconciler.rules.model import Group, Not

    for step in re.findall(r"predicates\[(\d+)\]", field):
        match rule:
            case Group(operator, members):
                yield from (operator, int(step))
                rule = members[int(step)]
            case Not(inner):
                yield "not"
                rule = inner

"""Ignore rules: the configuration as if it did not name ignored fields, and the differences that they hide."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.config import desired
from reconciler.kinds import granted_companies
from reconciler.kinds.registry import kind_of
from reconciler.plan.compare import diff

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.config.desired import Config, Ignore
    from reconciler.core.diagnostics import Path
    from reconciler.kinds.state import State
    from reconciler.plan.compare.diff import Difference


@dataclass(frozen=True, slots=True)
class Ignored:
    """The effect of one ignore rule: the number of hidden differences; `idle` if it matches nothing at all."""

    rule: Ignore
    differences: int
    idle: bool


def without_ignored(config: Config) -> Config:
    """Return the configuration without its ignored fields; idempotent."""
    if not config.ignores:
        return config
    paths = {
        kind_of(address).managed_by(address, field)
        for address, fields in diff.declared(config).items()
        for field in (*kind_of(address).fields, *fields)
        if any(rule.covers(address, field) for rule in config.ignores)
    }
    if not paths:
        return config
    values = deepcopy(config.document.values)
    for path in paths:
        _drop(values, path)
    address = granted_companies.KIND.address()
    left = {
        person: grant
        for person, grant in config.by_rule.items()
        if not any(rule.covers(address, person) for rule in config.ignores)
    }
    return replace(desired.build(config.document, values), by_rule=left)


def _drop(values: dict[str, Any], path: Path) -> None:
    *parents, last = path
    inner: Any = values
    for step in parents:
        inner = inner.get(step, {})
    inner.pop(last, None)


def rules(config: Config, state: State, differences: Iterable[Difference]) -> tuple[Ignored, ...]:
    """Compute the effect of each ignore rule, in file order."""
    if not config.ignores:
        return ()
    left = set(_fields(differences))
    hidden = [field for field in _fields(diff.differences(config, state)) if field not in left]
    known = set(_known(config, state))
    responsible = [_responsible(config, *pair) for pair in hidden]
    return tuple(
        Ignored(rule, responsible.count(rule), idle=not any(rule.covers(*pair) for pair in known))
        for rule in config.ignores
    )


def recorded(config: Config, state: State) -> dict[str, Mapping[str, Any]]:
    """Return the values to record: managed fields, and the former record of ignored ones."""
    values: dict[str, Mapping[str, Any]] = dict(diff.declared(without_ignored(config)))
    for address, fields in state.record.values.items() if state.record else ():
        kept = {
            field: value
            for field, value in fields.items()
            if any(rule.covers(address, field) for rule in config.ignores)
        }
        if kept:
            values[address] = {**kept, **values.get(address, {})}
    return values


def _responsible(config: Config, address: str, field: str) -> Ignore | None:
    exact = (rule for rule in config.ignores if rule.covers(address, field))
    # Whether a page goes live shows in its sections, so a rule about the one hides a difference of the other.
    near = (rule for rule in config.ignores if any(rule.covers(address, other) for other in kind_of(address).fields))
    return next(exact, None) or next(near, None)


def _fields(differences: Iterable[Difference]) -> Iterator[tuple[str, str]]:
    return ((difference.address, change.field) for difference in differences for change in difference.fields)


def _known(config: Config, state: State) -> Iterator[tuple[str, str]]:
    for address, fields in diff.declared(config).items():
        yield from ((address, field) for field in fields)
    for address, resource in state.resources.items():
        yield from ((address, field) for field in resource.values)

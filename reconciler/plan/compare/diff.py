"""Diff desired, live and recorded values field by field, with the origin of each difference."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from reconciler.kinds.base import MISSING
from reconciler.kinds.registry import KINDS, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path
    from reconciler.kinds.base import Kind, Operation
    from reconciler.kinds.state import Known, Resource, State


class Origin(StrEnum):
    """The origin of a difference."""

    CONFIG = "config"
    """The file changed since it was last applied, or was never applied."""
    DRIFT = "drift"
    """Somebody changed the workspace; the file still says what was applied."""
    CONFLICT = "conflict"
    """Both changed."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One differing part of a composite value; a missing side is `MISSING`."""

    path: Path
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs from the file."""

    field: str
    before: Any  # the whole live value; `MISSING` where the resource does not exist
    after: Any  # the whole desired value
    declared: Any  # the desired value, in declared form
    recorded: Any  # the value last applied, in declared form; `MISSING` where there is none
    origin: Origin
    path: Path
    details: tuple[Detail, ...] = ()  # the differing parts of a composite value
    known: Known | None = None  # how the live value is known, for a vendor's; `None` for the workspace's own


@dataclass(frozen=True, slots=True)
class Difference:
    """One resource that differs from the file, with its differing fields."""

    address: str
    resource: Resource | None  # live; `None` where it does not exist yet
    fields: tuple[FieldChange, ...]
    operations: tuple[Operation, ...] = ()  # the requests that remove the difference, where known already
    result: Mapping[str, Any] | None = None  # after those requests; `None` where they delete it
    removes: bool = False

    @property
    def outcome(self) -> dict[str, Any]:
        """The whole value of each changed field afterwards."""
        return {change.field: change.after for change in self.fields}


@lru_cache(maxsize=16)
def declared(config: Config) -> Mapping[str, Mapping[str, Any]]:
    """Return every managed field in declared form, by address. Cached: many ask."""
    return {address: fields for kind in KINDS.values() for address, fields in kind.declared(config)}


def differences(config: Config, state: State) -> tuple[Difference, ...]:
    """Compare every managed resource with the live one; empty where all match."""
    results = []
    for address, fields in declared(config).items():
        changes = tuple(_field_changes(address, fields, state, config))
        if changes:
            results.append(Difference(address, state.resources.get(address), changes))
    return tuple(results)


def _field_changes(address: str, fields: Mapping[str, Any], state: State, config: Config) -> Iterator[FieldChange]:
    kind = kind_of(address)
    resource, recorded = state.resources.get(address), kind.recorded(address, config, state)
    for field, desired in fields.items():
        if resource is None:
            known, seen = None, False
        else:
            known = state.known(address, field)
            if _holds(kind, field, desired, resource, known):
                continue
            seen = known is None or not known.unknown
        before = kind.before(field, desired, resource) if resource is not None and seen else MISSING
        after = kind.outcome(field, desired, resource, config)
        yield FieldChange(
            field=field,
            before=before,
            after=after,
            declared=desired,
            recorded=recorded.get(field, MISSING),
            origin=_origin(kind, field, desired, resource, recorded) if seen or resource is None else Origin.CONFIG,
            path=kind.source(address, field),
            details=_details(kind.comparable(field, before), kind.comparable(field, after)) if seen else (),
            known=known,
        )


def _holds(kind: Kind[Any], field: str, desired: Any, resource: Resource, known: Known | None) -> bool:
    """Tell whether a field has its desired value, as far as known."""
    if known is not None and (known.unknown or known.one_of):
        return any(same(value, desired) for value in known.one_of)
    return same(kind.observed(field, desired, resource), desired)


def converged(values: Mapping[str, Mapping[str, Any]], state: State) -> bool:
    """Tell whether every field has its value, given in declared form by address."""
    return all(
        address in state.resources
        and _holds(kind_of(address), field, desired, state.resources[address], state.known(address, field))
        for address, fields in values.items()
        for field, desired in fields.items()
    )


def drifted(kind: Kind[Any], field: str, resource: Resource | None, recorded: Mapping[str, Any]) -> bool:
    """Tell whether a field changed since it was last applied."""
    if field not in recorded:
        return False
    return resource is None or not same(kind.observed(field, recorded[field], resource), recorded[field])


def _origin(
    kind: Kind[Any], field: str, desired: Any, resource: Resource | None, recorded: Mapping[str, Any]
) -> Origin:
    if not drifted(kind, field, resource, recorded):
        return Origin.CONFIG
    return Origin.DRIFT if same(recorded[field], desired) else Origin.CONFLICT


def same(value: Any, other: Any) -> bool:
    """Compare two JSON values; unlike `==`, `true` is not `1`."""
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, dict) and isinstance(other, dict):
        return value.keys() == other.keys() and all(same(item, other[key]) for key, item in value.items())
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(same, value, other))
    return bool(value == other)


def _details(before: Any, after: Any) -> tuple[Detail, ...]:
    if not (isinstance(before, dict | list) and isinstance(after, dict | list)):
        return ()
    # Only for values that are known to be unequal: it costs as much on equal ones.
    from deepdiff import DeepDiff
    from deepdiff.helper import NotPresent

    def side(value: Any) -> Any:
        return MISSING if isinstance(value, NotPresent) or value is NotPresent else value

    tree = DeepDiff(before, after, view="tree", threshold_to_diff_deeper=0)
    details = [
        Detail(tuple(level.path(output_format="list")), side(level.t1), side(level.t2))
        for group in tree.values()
        for level in group
    ]
    return tuple(sorted(details, key=lambda detail: [str(part) for part in detail.path]))

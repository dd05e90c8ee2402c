"""Conflicts between members: they would undo each other's work with every apply."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import error
from reconciler.fleet.model import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.diagnostics import Diagnostic, Path
    from reconciler.fleet.model import Member, Place


_PLAIN = frozenset({str, bool, int, type(None)})
_Field = tuple["str | None", str, str]
"""Of which workspace, of which object, and which of them."""


def refused(members: Sequence[Member]) -> tuple[Refused, ...]:
    """Refuse members that contradict another one of the same workspace, each with every reason."""
    by_place: dict[Place, tuple[Member, list[Diagnostic]]] = {}
    for member, problem in _problems(members):
        by_place.setdefault(member.place, (member, []))[1].append(problem)
    return tuple(Refused(place, tuple(problems), 1, item.name) for place, (item, problems) in by_place.items())


def _problems(members: Sequence[Member]) -> Iterator[tuple[Member, Diagnostic]]:
    """Yield each member's contradictions, with the place of the other value."""
    named: dict[tuple[str | None, str], list[Member]] = {}
    for member in members:
        named.setdefault((member.site.address, member.name), []).append(member)
    for same in named.values():
        if len(same) > 1:
            yield same[0], _same_name(same[0], same[1])
            yield from ((other_member, _same_name(other_member, same[0])) for other_member in same[1:])
    for (_, address, field), values in _differing(members).items():
        first, known = values[0]
        other = next(other_member for other_member, value in values[1:] if not _same(value, known))
        for item, value in values:
            yield item, _differs(address, field, item, other if _same(value, known) else first)


def _differing(members: Sequence[Member]) -> dict[_Field, list[tuple[Member, Any]]]:
    """Return the fields that are one thing here and another there, each with all who say something of it."""
    several = _several(members)
    known: dict[_Field, Any] = {}
    differing: set[_Field] = set()
    for member in members:
        for key, value in _fields(member, several):
            if key not in known:
                known[key] = value
            elif key not in differing and not _same(value, known[key]):
                differing.add(key)
    values: dict[_Field, list[tuple[Member, Any]]] = {key: [] for key in known if key in differing}
    # Looked at again rather than kept: of a large fleet it is more than everything else.
    for member in members if differing else ():
        for key, value in _fields(member, several):
            if key in differing:
                values[key].append((member, value))
    return values


def _several(members: Sequence[Member]) -> set[int]:
    """Return what stands for the objects of which several say something, and perhaps, as for any hash, for others."""
    once: set[int] = set()
    several: set[int] = set()
    for member in members:
        for address in member.values:
            key = hash((member.site.address, address))
            (several if key in once else once).add(key)
    return several


def _fields(member: Member, several: set[int]) -> Iterator[tuple[_Field, Any]]:
    """Yield the fields that a member manages of some objects, with the values that it wants."""
    for address, fields in member.values.items():
        if hash((member.site.address, address)) in several:
            for field, value in fields.items():
                yield (member.site.address, address, field), value


def _same(value: Any, other: Any) -> bool:
    if type(value) is type(other) and type(value) in _PLAIN:
        return bool(value == other)
    # What looks the same is; so nearly every fleet is done without what it takes to compare.
    if json.dumps(value, sort_keys=True) == json.dumps(other, sort_keys=True):
        return True
    from reconciler.plan.compare import diff

    return diff.same(value, other)


def _same_name(here: Member, there: Member) -> Diagnostic:
    path: Path = ("name",)
    return error(
        "fleet-name-twice",
        f"{here.site} would have two configurations called {here.name}: this and {there.config.source(path)}",
        remedy="A name is what a workspace knows a configuration by. Rename one of them.",
        source=here.config.source(path),
    )


def _differs(address: str, field: str, here: Member, there: Member) -> Diagnostic:
    from reconciler.kinds.registry import kind_of

    path = kind_of(address).source(address, field)
    return error(
        "fleet-conflict",
        f"{address} {field} of {here.site} is one thing here and another in {there.config.source(path)}",
        remedy="Give both the same value, or leave it out of one of them.",
        address=address,
        source=here.config.source(path),
    )

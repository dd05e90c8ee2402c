"""Outsiders: configurations outside of a fleet that manage its members' resources, asked for once by a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING

from reconciler.kinds.state import OtherConfigurations, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.fleet.model import Site
    from reconciler.kinds.state import Other
    from reconciler.target.protocol import Target

    States = Mapping[tuple[str, str], State]


@dataclass(slots=True)
class _Known:
    """A workspace's last answer about outsiders."""

    lock: Lock = field(default_factory=Lock)
    question: tuple[str, frozenset[str]] | None = None
    others: OtherConfigurations = field(default_factory=OtherConfigurations)


_known: dict[Site, _Known] = {}


def only(states: States, member_names: frozenset[str], target: Target, site: Site) -> States:
    """Reduce the other configurations in states to those that are not among the members."""
    return _Only(states, lambda state: _outsiders(state, member_names, target, site))


class _Only(Mapping[tuple[str, str], State]):
    """States of a page, each made when it is asked for, with what is left of others."""

    def __init__(self, states: States, left: Callable[[State], OtherConfigurations]) -> None:
        self._states, self._work_out = states, left
        self._left: OtherConfigurations | None = None

    def __getitem__(self, pair: tuple[str, str]) -> State:
        state = self._states[pair]
        if self._left is None:
            # All states of a page share what is known of others.
            self._left = self._work_out(state)
        return replace(state, others=replace(self._left, own=state.others.own))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)


def _outsiders(state: State, member_names: frozenset[str], target: Target, site: Site) -> OtherConfigurations:
    others = state.others
    if not others.more:
        return replace(others, by_address=_without(others.by_address, member_names))
    outside = _outside(state, member_names, target, site)
    # What is shared is told by the other answer; what belongs to one Help Center, by the page.
    local = {address: known for address, known in others.by_address.items() if not _is_shared(address)}
    return replace(outside, by_address=_without(local, member_names) | dict(outside.by_address))


def _outside(state: State, member_names: frozenset[str], target: Target, site: Site) -> OtherConfigurations:
    known = _known.setdefault(site, _Known())
    with known.lock:
        # Never less than the page knows: where the workspace has moved on, it is asked anew.
        if known.question != (state.moment, member_names):
            known.others = target.others(sorted(member_names))
            known.question = state.moment, member_names
        return known.others


def _without(by_address: Mapping[str, Sequence[Other]], member_names: frozenset[str]) -> dict[str, Sequence[Other]]:
    return {
        address: outsiders
        for address, known in by_address.items()
        if (outsiders := [other for other in known if other.name not in member_names])
    }


def _is_shared(address: str) -> bool:
    kind, _, rest = address.partition("/")
    return not rest or kind == "data_attribute"

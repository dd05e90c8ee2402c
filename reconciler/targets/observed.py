"""What a workspace answers of its portals, one or a page of them, as states.

What all portals of a page have in common is decoded once, and the states share it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler import kinds
from reconciler.state import Other, Record, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OF_ATTRIBUTES = "data_attribute/"
_WORKSPACE = ""
"""In place of a Help Center, for what belongs to all of them."""


def state(answer: Mapping[str, Any]) -> State:
    """Return the state that the whole configuration of one Help Center is."""
    others = tuple(Other(**one) for one in answer["others"])
    return _state(answer, answer, kinds.found(answer), others)


def states(pairs: Sequence[tuple[str, str]], page: Mapping[str, Any]) -> dict[tuple[str, str], State]:
    """Return the states that a page of configurations is, each the same as it would be alone.

    Args:
        pairs: What was asked for: Help Centers, each with the name of a configuration.
        page: The answer. What it has nothing about is left out.
    """
    shared, others = kinds.found(page), _Others(page["records"])
    return {
        pair: _state(page, entry, shared.joined(kinds.found(entry)), others.of(*pair))
        for pair, entry in zip(pairs, page["configurations"], strict=True)
        if entry is not None
    }


def _state(whole: Mapping[str, Any], entry: Mapping[str, Any], found: kinds.Found, others: tuple[Other, ...]) -> State:
    return State(
        workspace=whole["workspace"]["id"],
        workspace_name=whole["workspace"]["name"],
        revision=whole["revision"],
        help_center=entry["help_center"]["identifier"],
        resources=found.by_address(),
        site=whole["site"],
        profile=entry["required_settings"]["profile"],
        record=_record(entry["record"]),
        live=found.live(),
        others=others,
        lease=entry["lease"],
        unfinished=entry["unfinished"],
    )


def _record(found: Mapping[str, Any] | None) -> Record | None:
    if found is None:
        return None
    fields = ("revision", "digest", "values", "commit", "base", "applied_at", "applied_by", "verification")
    return Record(**{name: found[name] for name in fields})


class _Others:
    """What the records of a page mean to each of its Help Centers.

    Most records name nothing of most Help Centers but what belongs to all: that is told of them with one object.
    """

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Sort out what each record names.

        Args:
            records: As they stand in the page, by name.
        """
        self._names = [one["name"] for one in records]
        self._everywhere: dict[str, Other] = {}
        self._at: dict[str, dict[str, Other]] = {}
        for record in records:
            self._sort(record)

    def of(self, help_center: str, name: str) -> tuple[Other, ...]:
        """Return what the records of other configurations name of a Help Center and of the workspace."""
        here = {**self._everywhere, **self._at.get(help_center, {})}
        return tuple(here[other] for other in self._names if other != name and other in here)

    def _sort(self, record: Mapping[str, Any]) -> None:
        manages = record["manages"]
        centres = {address: _help_center(address) for address in manages}
        for centre in set(centres.values()):
            named = {address: manages[address] for address, where in centres.items() if where in (_WORKSPACE, centre)}
            other = Other(**{**record, "manages": named})
            place = self._everywhere if centre == _WORKSPACE else self._at.setdefault(centre, {})
            place[other.name] = other


def _help_center(address: str) -> str:
    return _WORKSPACE if address.startswith(_OF_ATTRIBUTES) else address.partition("/")[2]

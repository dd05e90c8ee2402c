"""Decode a workspace's answers about one portal, or a page of them that share a common part, into states."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.kinds import registry as kinds
from reconciler.kinds.state import Known, Making, Other, OtherConfigurations, Record, State, Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def state(answer: Mapping[str, Any]) -> State:
    """Decode the state of one Help Center."""
    return _state(answer, answer, kinds.observed(answer), _others(answer["others"], answer))


class States(Mapping[tuple[str, str], State]):
    """The states of a page of configurations, each the same as it would be alone, and made anew when asked for.

    Whoever plans a hundred portals needs one after the other: until then its part of the page is kept as text, which
    takes a fifth of the room.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]], page: Mapping[str, Any]) -> None:
        """Decode the common part of a page; `pairs` are those asked for, and one without an answer is left out."""
        self._page = {name: value for name, value in page.items() if name != "configurations"}
        self._shared, self._others = kinds.observed(page), _others(page["records"], page)
        entries = zip(pairs, page["configurations"], strict=True)
        self._entries = {pair: json.dumps(entry) for pair, entry in entries if entry is not None}

    def __getitem__(self, pair: tuple[str, str]) -> State:
        entry = json.loads(self._entries[pair])
        observed = self._shared.joined(kinds.observed(entry))
        return _state(self._page, entry, observed, replace(self._others, own=pair[1]))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _state(
    whole: Mapping[str, Any], entry: Mapping[str, Any], observed: kinds.Observed, others: OtherConfigurations
) -> State:
    return State(
        workspace=whole["workspace"]["id"],
        workspace_name=whole["workspace"]["name"],
        revision=whole["revision"],
        help_center=entry["help_center"]["identifier"],
        resources=observed.by_address(),
        site=whole["site"],
        profile=whole["required_settings"]["profile"],
        record=_record(entry["record"]),
        live=observed.live(),
        others=others,
        lease=entry["lease"],
        unfinished=entry["unfinished"],
        moment=whole.get("moment", ""),
        site_revision=whole.get("site_revision", 0),
        upstream=_upstream(whole.get("upstream")),
    )


def _upstream(entry: Mapping[str, Any] | None) -> Upstream | None:
    if entry is None:
        return None
    known = {
        address: {name: _known(field) for name, field in fields.items()} for address, fields in entry["known"].items()
    }
    return Upstream(
        vendor=entry["vendor"],
        account=entry["account"],
        observed_at=entry["observed_at"],
        known=known,
        mirror=entry["mirror"],
        capabilities=tuple(
            (
                capability["address"],
                capability["name"],
                Making(
                    "api" if capability["written"] == "api" else "person", capability["proof"], capability["minutes"]
                ),
            )
            for capability in entry["capabilities"]
        ),
        waiting=tuple(entry["waiting"]),
    )


def _known(entry: Mapping[str, Any]) -> Known:
    names = ("how", "as_of", "by", "until", "evidence", "doubt")
    return Known(**{name: entry[name] for name in names}, one_of=tuple(entry["one_of"]))


def _record(entry: Mapping[str, Any] | None) -> Record | None:
    if entry is None:
        return None
    fields = ("revision", "digest", "values", "commit", "base", "applied_at", "applied_by", "verification")
    return Record(**{name: entry[name] for name in fields})


def others(answer: Mapping[str, Any]) -> OtherConfigurations:
    """Decode the other configurations in an answer."""
    return _others(answer["records"], answer)


def _others(records: Sequence[Mapping[str, Any]], answer: Mapping[str, Any]) -> OtherConfigurations:
    """Map each resource to the configurations that manage it."""
    by_address: dict[str, list[Other]] = {}
    for record in records:
        other = Other(**record)
        for address in other.manages:
            by_address.setdefault(address, []).append(other)
    more: dict[str, list[list[str]]] = {}
    # An older workspace tells of all.
    for place in answer.get("more_records", ()):
        more.setdefault(place["address"], []).append(place["fields"])
    return OtherConfigurations(by_address, more=more)

"""The registry of kinds, in the order in which a reader cares about them.

To add a kind: write its module, list it here, add its part to `schemas/portal.schema.json`, and give it cases.
`tests/reconciler/kinds/test_kinds.py` asserts that these agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reconciler.kinds import (
    audience,
    data_attribute,
    granted_companies,
    help_center,
    homepage,
    portal,
    style,
    ticket_visibility,
)
from reconciler.kinds.base import PLAIN, unknown_fields
from reconciler.kinds.messenger import identity, spaces
from reconciler.kinds.state import LiveField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.base import FieldShape, Kind
    from reconciler.kinds.state import Resource

KINDS: Mapping[str, Kind[Any]] = MappingProxyType(
    {
        module.KIND.name: module.KIND
        for module in (
            portal,
            audience,
            ticket_visibility,
            homepage,
            style,
            spaces,
            granted_companies,
            help_center,
            identity,
            data_attribute,
        )
    }
)


_BESIDE: Mapping[str, FieldShape] = MappingProxyType(
    {
        "workspace": dict.fromkeys(("id", "name"), PLAIN),
        "site": dict.fromkeys(
            ("messenger_installed", "certificate_valid", "cookie_forwarding_detectable", "plan", "companies_in_use"),
            PLAIN,
        ),
    }
)
"""Parts of the workspace's answer that hold facts, with their shapes."""

_NO_SETTINGS = (
    *("revision", "moment", "site_revision", "required_settings", "record", "others", "lease", "unfinished"),
    *("records", "more_records", "configurations", "upstream"),
)
"""Parts of the answer, or of a page of answers, without settings."""

_NOT_BESIDE = frozenset(_NO_SETTINGS) | {kind.part for kind in KINDS.values()}


def kind_of(address: str) -> Kind[Any]:
    """Return the kind of the resource at `address`."""
    return KINDS[address.partition("/")[0]]


@dataclass(frozen=True, slots=True)
class Observed:
    """The content of a workspace's answer: resources by kind and address, and every field, unknown ones included."""

    resources: Mapping[str, Mapping[str, Resource]]
    fields: Mapping[str, tuple[LiveField, ...]]

    def joined(self, other: Observed) -> Observed:
        """Join two observations without a common kind."""
        return Observed({**self.resources, **other.resources}, {**self.fields, **other.fields})

    def by_address(self) -> dict[str, Resource]:
        """Return every resource, by address."""
        resources: dict[str, Resource] = {}
        for kind in KINDS:
            resources.update(self.resources.get(kind, {}))
        return resources

    def live(self) -> tuple[LiveField, ...]:
        """Return every field: those of kinds first, in the order of kinds."""
        beside = sorted(self.fields.keys() - KINDS.keys())
        return tuple(chain.from_iterable(self.fields.get(name, ()) for name in (*KINDS, *beside)))


def observed(answer: Mapping[str, Any]) -> Observed:
    """Read an answer by its kinds, with the parts that are no kind's."""
    resources, fields = {}, _beside(answer)
    for kind in KINDS.values():
        if kind.part in answer:
            observed = {resource.address: resource for resource in kind.observe(answer)}
            resources[kind.name], fields[kind.name] = observed, tuple(kind.live(answer, observed.values()))
    return Observed(resources, fields)


def _beside(answer: Mapping[str, Any]) -> dict[str, tuple[LiveField, ...]]:
    beside = {}
    for part, value in answer.items():
        if part in _NOT_BESIDE or value is None:
            continue
        paths = unknown_fields({part: value}, {part: _BESIDE[part]} if part in _BESIDE else PLAIN)
        if fields := tuple(LiveField(part, ".".join(map(str, path[1:])) or "*", known=False) for path in paths):
            beside[part] = fields
    return beside

"""The registry: every kind of managed object, in the order in which a reader cares about them.

To add a kind: write its module, list it here, add its part to `schemas/portal.schema.json`, and
give it cases. `tests/test_kinds.py` asserts that these agree.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reconciler.kinds import (
    audience,
    data_attribute,
    help_center,
    homepage,
    identity,
    messenger_spaces,
    portal,
    ticket_visibility,
)
from reconciler.kinds.base import PLAIN, strangers
from reconciler.state import LiveField

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.kinds.base import Kind, Shape
    from reconciler.state import Resource

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        module.KIND.name: module.KIND
        for module in (
            portal,
            audience,
            ticket_visibility,
            homepage,
            messenger_spaces,
            help_center,
            identity,
            data_attribute,
        )
    }
)


_BESIDE: Mapping[str, Shape] = MappingProxyType(
    {
        "workspace": dict.fromkeys(("id", "name"), PLAIN),
        "site": dict.fromkeys(
            ("messenger_installed", "certificate_valid", "cookie_forwarding_detectable", "plan", "companies_in_use"),
            PLAIN,
        ),
    }
)
"""Parts of the workspace's answer that hold facts, with what is known of them."""

_NO_SETTINGS = ("revision", "required_settings", "record", "others", "lease", "unfinished")
"""Parts of the answer that say how things stand, and hold no setting."""


def kind_of(address: str) -> Kind:
    """Return the kind of the object at `address`."""
    return KINDS[address.partition("/")[0]]


def live(answer: Mapping[str, Any]) -> tuple[LiveField, ...]:
    """Return every field that the workspace's whole configuration holds, also those that no kind knows."""
    found = [field for kind in KINDS.values() for field in kind.live(answer)]
    return (*found, *_beside(answer))


def _beside(answer: Mapping[str, Any]) -> Iterator[LiveField]:
    known = {kind.part for kind in KINDS.values()} | set(_NO_SETTINGS)
    for part, value in answer.items():
        if part in known or value is None:
            continue
        paths = strangers({part: value}, {part: _BESIDE[part]} if part in _BESIDE else PLAIN)
        yield from (LiveField(part, ".".join(map(str, path[1:])) or "*", known=False) for path in paths)


def observe(answer: Mapping[str, Any]) -> dict[str, Resource]:
    """Return every resource in the workspace's whole configuration, by address."""
    return {resource.address: resource for kind in KINDS.values() for resource in kind.observe(answer)}

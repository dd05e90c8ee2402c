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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.kinds.base import Kind
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


def kind_of(address: str) -> Kind:
    """Return the kind of the object at `address`."""
    return KINDS[address.partition("/")[0]]


def observe(answer: Mapping[str, Any]) -> dict[str, Resource]:
    """Return every resource in the workspace's whole configuration, by address."""
    return {resource.address: resource for kind in KINDS.values() for resource in kind.observe(answer)}

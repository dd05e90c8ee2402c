"""Writes of settings that live at a vendor: what its API takes is made there, the rest needs a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.core.errors import ApiError, Problem
from workspace.database.store import same
from workspace.upstream import capabilities
from workspace.upstream.protocol import Write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.upstream.protocol import Upstream
    from workspace.writes.admin_write import Outward


class NeedsPerson(ApiError):
    """A change that the vendor's API does not take.

    Attributes:
        change: The change.
        fields: Those of its fields that a person has to change.
    """

    def __init__(self, vendor: str, change: Write, fields: tuple[str, ...]) -> None:
        message = (
            f"{vendor.capitalize()} has no API for {', '.join(fields)} of {change.address}: a person changes it there"
        )
        super().__init__(409, Problem("needs_person", message, change.address))
        self.change, self.fields = change, fields


def outward(upstream: Upstream) -> Outward:
    """Return what makes the changes of a write at a vendor."""

    def make(address: str, before: Mapping[str, Any], after: Mapping[str, Any] | None) -> Mapping[str, Any]:
        if not capabilities.has(upstream.vendor, address):
            # Of this workspace alone, such as a fact about the customer's site.
            return after or {}
        change = Write(address, before, after)
        by_hand = tuple(name for name in _changed(change) if not _by_api(upstream.vendor, address, name))
        if by_hand:
            raise NeedsPerson(upstream.vendor, change, by_hand)
        return upstream.write(change)

    return make


def _changed(change: Write) -> list[str]:
    after = change.after if change.after is not None else {}
    names = [*after, *(name for name in change.before if name not in after)]
    return [name for name in names if not same(change.before.get(name), after.get(name))]


def _by_api(vendor: str, address: str, name: str) -> bool:
    found = capabilities.of(vendor, address, name)
    return found is not None and found.written == "api"

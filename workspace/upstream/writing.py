"""Writes of settings at a vendor: through its API where it takes them, otherwise by a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.core.errors import ApiError, Problem
from workspace.database.store import same
from workspace.upstream import capabilities, knowledge, tasks
from workspace.upstream.capabilities import ANY
from workspace.upstream.protocol import How, Known, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from workspace.upstream.protocol import Upstream


class NeedsPerson(ApiError):
    """A change that the vendor's API does not take, with the fields that a person has to change."""

    def __init__(self, vendor: str, change: Write, fields: tuple[str, ...]) -> None:
        message = (
            f"{vendor.capitalize()} has no API for {', '.join(fields)} of {change.address}: a person changes it there"
        )
        super().__init__(409, Problem("needs_person", message, change.address))
        self.change, self.fields = change, fields


@dataclass(frozen=True, slots=True)
class AtVendor:
    """The changes of one write, made at a vendor; `named` are the write's fields, `receipt` its apply's number."""

    upstream: Upstream
    connection: Connection
    moment: int
    named: frozenset[str]
    receipt: int | None

    def unseen(self, address: str) -> bool:
        """Return True if a write is due although its values are the stored ones, as their source is unknown."""
        return bool(self._unknown(address))

    def make(self, address: str, before: Mapping[str, Any], after: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """Make a change, and return the values then; NeedsPerson if only a person can, ApiError 423 if held."""
        vendor = self.upstream.vendor
        if not capabilities.has(vendor, address):
            # Of this workspace alone, such as a fact about the customer's site.
            return after or {}
        tasks.require_free(self.connection, address, self.receipt)
        change = Write(address, before, after)
        changed = dict.fromkeys([*_changed(change), *self._unknown(address)])
        by_hand = tuple(name for name in changed if not _by_api(vendor, address, name))
        if by_hand:
            raise NeedsPerson(vendor, change, by_hand)
        values = self.upstream.write(change)
        self._note(address, () if after is None else values)
        return values

    def _note(self, address: str, names: Iterable[str]) -> None:
        """Keep written values as read back; removed ones become unknown."""
        if not names:
            knowledge.forget(self.connection, address)
            return
        vendor = self.upstream.vendor
        seen = Known(How.OBSERVED, self.moment, vendor, None, "read back after it was written")
        fields = {ANY if capabilities.field_of(address, name) == ANY else name for name in names}
        known = {(address, name): seen for name in fields if capabilities.of(vendor, address, name) is not None}
        knowledge.keep(self.connection, known)

    def _unknown(self, address: str) -> list[str]:
        vendor = self.upstream.vendor
        return [
            name
            for name in sorted(self.named)
            if (field := capabilities.field_of(address, name)) is not None
            and capabilities.of(vendor, address, field) is not None
            and knowledge.is_unknown(self.connection, address, [field], self.moment)
        ]


def _changed(change: Write) -> list[str]:
    after = change.after if change.after is not None else {}
    names = [*after, *(name for name in change.before if name not in after)]
    return [
        name
        for name in names
        if capabilities.field_of(change.address, name) is not None
        and not same(change.before.get(name), after.get(name))
    ]


def _by_api(vendor: str, address: str, name: str) -> bool:
    capability = capabilities.of(vendor, address, capabilities.field_of(address, name) or name)
    return capability is not None and capability.written == "api"

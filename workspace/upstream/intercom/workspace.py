"""Intercom as an upstream: its parts behind the one protocol."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from workspace.upstream.intercom import activity, grants, reads, screens, writes
from workspace.upstream.intercom.people import IntercomPeople, matching

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workspace.upstream.intercom.api import Api
    from workspace.upstream.protocol import Event, Instruction, MirroredAttributes, Observation, People, Write


class Intercom:
    """One Intercom workspace behind its public API."""

    vendor = reads.VENDOR

    def __init__(self, api: Api, clock: Callable[[], float] = time.time) -> None:
        self.api, self._clock = api, clock

    def observe(self) -> Observation:
        """Observe all settings in the API."""
        return reads.observe(self.api, int(self._clock()))

    def write(self, change: Write) -> Mapping[str, Any]:
        """Make a change of a data attribute or of grants, and return the values read back."""
        return grants.write(self.api, change) if change.address == grants.ADDRESS else writes.write(self.api, change)

    def granted(self, contact_id: str) -> Sequence[str]:
        """Return the ids that the customer gave the companies which a person is granted."""
        return grants.read(self.api, contact_id)

    def instruct(
        self, change: Write, fields: tuple[str, ...], settings: Mapping[str, Mapping[str, Any]]
    ) -> Instruction:
        """Return the instruction for the first screen of a change."""
        return screens.instruct(change, fields, settings)

    def people(self, desired: MirroredAttributes) -> People:
        """Return the users, with the attributes that are wanted of them."""
        return IntercomPeople(self.api, desired)

    def matching(self, rule: Mapping[str, Any] | None) -> tuple[int, Mapping[str, Any] | None]:
        """Return the number of users who match the searchable part of a rule, and that part."""
        return matching(self.api, rule)

    def events(self, since: int) -> Sequence[Event]:
        """Return teammates' actions since a moment, oldest first."""
        return activity.events(self.api, since)

    def close(self) -> None:
        """Close connections."""
        self.api.close()

"""Which spaces the Messenger shows; the tickets space carries the banner that links to the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.kinds.base import PLAIN, Kind, Operation, Shape, simple_changes
from reconciler.kinds.state import Resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path


class MessengerSpaces(Kind):
    """`messenger_spaces`: one for the whole workspace, a field for each space."""

    name = "messenger_spaces"
    title = "Messenger spaces"
    fields = ("home", "messages", "help", "news", "tasks", "tickets")
    part = "messenger_spaces"
    shape: ClassVar[Shape] = {"values": dict.fromkeys(fields, PLAIN)}

    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if config.spaces:
            yield "messenger_spaces", config.spaces

    def source(self, address: str, field: str) -> Path:
        return ("messenger", "spaces", field)

    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        found = answer["messenger_spaces"]
        yield Resource("messenger_spaces", found["revision"], found["values"])

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        return simple_changes(outcome, "messenger_spaces")

    def needs(self, outcome: Mapping[str, Any]) -> frozenset[str]:
        return frozenset({"portal"}) if outcome.get("tickets") else frozenset()


KIND = MessengerSpaces()

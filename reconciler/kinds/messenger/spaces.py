"""The Messenger's spaces; the tickets space carries the banner that links to the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.kinds.base import PLAIN, FieldShape, PlainKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.diagnostics import Path


class MessengerSpaces(PlainKind):
    """`messenger_spaces`: one for the whole workspace, a field for each space."""

    name = "messenger_spaces"
    scope = "workspace"
    title = "Messenger spaces"
    fields = ("home", "messages", "help", "news", "tasks", "tickets")
    part = "messenger_spaces"
    shape: ClassVar[FieldShape] = {"values": dict.fromkeys(fields, PLAIN)}

    def parse(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        spaces: Mapping[str, Any] = settings.get("messenger", {}).get("spaces", {})
        return spaces

    def source(self, address: str, field: str) -> Path:
        return ("messenger", "spaces", field)

    def needs(self, outcome: Mapping[str, Any]) -> frozenset[str]:
        return frozenset({"portal"}) if outcome.get("tickets") else frozenset()


KIND = MessengerSpaces()

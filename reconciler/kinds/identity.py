"""How end users prove to the Messenger who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.kinds.base import PLAIN, Kind, Operation, Shape, simple_changes
from reconciler.kinds.state import Resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path


class Identity(Kind):
    """`identity`: one for the whole workspace."""

    name = "identity"
    title = "Messenger identity"
    fields = ("mode",)
    part = "identity"
    shape: ClassVar[Shape] = {"values": {"mode": PLAIN}}

    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if config.identity is not None:
            yield "identity", {"mode": config.identity}

    def source(self, address: str, field: str) -> Path:
        return ("messenger", "identity")

    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        yield Resource("identity", answer["identity"]["revision"], answer["identity"]["values"])

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        return simple_changes(outcome, "identity")


KIND = Identity()

"""The switch that opens the tickets portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.kinds.base import PLAIN, Kind, Operation, Shape, simple_changes
from reconciler.kinds.state import Resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path


class Portal(Kind):
    """`portal/HELP_CENTER`."""

    name = "portal"
    title = "Tickets portal"
    fields = ("enabled",)
    part = "portal"
    shape: ClassVar[Shape] = {"url": PLAIN, "effective": PLAIN, "values": {"enabled": PLAIN}}

    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if config.enabled is not None:
            yield f"portal/{config.help_center}", {"enabled": config.enabled}

    def source(self, address: str, field: str) -> Path:
        return ("portal", "enabled")

    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        found = answer["portal"]
        facts = {"url": found["url"], "effective": found["effective"]}
        yield Resource(f"portal/{answer['help_center']['identifier']}", found["revision"], found["values"], facts)

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        return simple_changes(outcome, f"help_centers/{config.help_center}/portal")

    def needs(self, outcome: Mapping[str, Any]) -> frozenset[str]:
        if not outcome.get("enabled"):
            return frozenset()
        required = {"help_center", "identity", "data_attribute/contact.companies"}
        return frozenset(required | {"audience", "ticket_visibility"})


KIND = Portal()

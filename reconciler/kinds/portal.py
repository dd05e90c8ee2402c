"""The switch that opens the tickets portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.kinds.base import PLAIN, FieldShape, PlainKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.diagnostics import Path


class Portal(PlainKind):
    """`portal/HELP_CENTER`."""

    name = "portal"
    title = "Tickets portal"
    fields = ("enabled",)
    part = "portal"
    shape: ClassVar[FieldShape] = {"url": PLAIN, "effective": PLAIN, "values": {"enabled": PLAIN}}

    def parse(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        enabled = settings.get("portal", {}).get("enabled")
        return {} if enabled is None else {"enabled": enabled}

    def source(self, address: str, field: str) -> Path:
        return ("portal", "enabled")

    def facts(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"url": part["url"], "effective": part["effective"]}

    def needs(self, outcome: Mapping[str, Any]) -> frozenset[str]:
        if not outcome.get("enabled"):
            return frozenset()
        required = {"help_center", "identity", "data_attribute/contact.companies"}
        return frozenset(required | {"audience", "ticket_visibility"})


KIND = Portal()

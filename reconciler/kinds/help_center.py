"""The Help Center's own settings: live, domain, HTTPS, cookie forwarding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.kinds.base import PLAIN, FieldShape, PlainKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.diagnostics import Path


class HelpCenter(PlainKind):
    """`help_center/IDENTIFIER`."""

    name = "help_center"
    title = "Help Center"
    fields = ("live", "custom_domain", "https", "cookie_forwarding")
    part = "help_center"
    shape: ClassVar[FieldShape] = {
        **dict.fromkeys(("identifier", "display_name", "url"), PLAIN),
        "values": {
            **dict.fromkeys(fields, PLAIN),
            "cookie_forwarding": {"acknowledged_by": PLAIN, "reason": PLAIN, "until": PLAIN},
        },
    }

    def parse(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        return {field: value for field, value in settings["help_center"].items() if field != "identifier"}

    def path(self, help_center: str) -> str:
        return f"help_centers/{help_center}"

    def source(self, address: str, field: str) -> Path:
        return ("help_center", field)

    def facts(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"url": part["url"], "display_name": part["display_name"]}


KIND = HelpCenter()

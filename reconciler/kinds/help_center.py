"""The Help Center's own settings: live, domain, HTTPS, cookie forwarding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.kinds.base import PLAIN, Kind, Operation, Shape, simple_changes
from reconciler.kinds.state import Resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config.desired import Config
    from reconciler.core.diagnostics import Path


class HelpCenter(Kind):
    """`help_center/IDENTIFIER`."""

    name = "help_center"
    title = "Help Center"
    fields = ("live", "custom_domain", "https", "cookie_forwarding")
    part = "help_center"
    shape: ClassVar[Shape] = {
        **dict.fromkeys(("identifier", "display_name", "url"), PLAIN),
        "values": {
            **dict.fromkeys(fields, PLAIN),
            "cookie_forwarding": {"acknowledged_by": PLAIN, "reason": PLAIN, "until": PLAIN},
        },
    }

    def declared(self, config: Config) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if config.help_center_settings:
            yield f"help_center/{config.help_center}", config.help_center_settings

    def source(self, address: str, field: str) -> Path:
        return ("help_center", field)

    def observe(self, answer: Mapping[str, Any]) -> Iterator[Resource]:
        found = answer["help_center"]
        facts = {"url": found["url"], "display_name": found["display_name"]}
        yield Resource(f"help_center/{found['identifier']}", found["revision"], found["values"], facts)

    def operations(
        self, address: str, resource: Resource | None, outcome: Mapping[str, Any], config: Config
    ) -> tuple[Operation, ...]:
        return simple_changes(outcome, f"help_centers/{config.help_center}")


KIND = HelpCenter()

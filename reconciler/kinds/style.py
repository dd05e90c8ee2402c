"""The looks of the Help Center's pages: logo, colour, favicon, links in the footer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from reconciler.kinds.base import PLAIN, FieldShape, PlainKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.diagnostics import Path
    from reconciler.kinds.state import Resource


class Style(PlainKind):
    """`style/HELP_CENTER`."""

    name = "style"
    title = "Style"
    fields = ("logo", "primary_color", "favicon", "footer_links")
    part = "style"
    shape: ClassVar[FieldShape] = {
        "values": {**dict.fromkeys(fields, PLAIN), "footer_links": {"label": PLAIN, "url": PLAIN}}
    }

    def parse(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        style: Mapping[str, Any] = settings.get("style", {})
        return style

    def source(self, address: str, field: str) -> Path:
        return ("style", field)

    def pulled(self, address: str, resource: Resource) -> Iterator[tuple[Path, Any]]:
        # A Help Center without links is the usual one: nobody decided that.
        yield from ((path, value) for path, value in super().pulled(address, resource) if value != [])


KIND = Style()

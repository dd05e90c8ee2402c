"""Contrast of colours with those drawn on them, as `x-contrast` of the schema names them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from reconciler.core.contract import load_json
from reconciler.core.contrast import AA, nearest, ratio
from reconciler.core.diagnostics import Diagnostic, error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config.yaml.document import Document
    from reconciler.core.diagnostics import Path

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


def colors(document: Document) -> Iterator[Diagnostic]:
    """Yield errors for colours on which text cannot be read."""
    for path, others in _drawn():
        node = document.root.at(path)
        if node is None or not isinstance(node.value, str) or not _COLOR.fullmatch(node.value):
            continue
        color, (other, name) = node.value, min(others.items(), key=lambda pair: ratio(node.value, pair[0]))
        if (contrast := ratio(color, other)) < AA:
            # Rounded down: what fails never reads as what is needed.
            summary = (
                f"`{color}` has a contrast of {int(contrast * 100) / 100:.2f}:1 with {name} ({other}); AA is {AA}:1"
            )
            remedy = f"The nearest colour that passes is `{nearest(color, others)}`."
            yield error("contrast-too-low", summary, remedy=remedy, source=document.source(path))


@cache
def _drawn() -> tuple[tuple[Path, Mapping[str, str]], ...]:
    """Return the path of each colour in a file, with the names of the colours drawn with it."""
    schema: Any = load_json("portal.schema.json")
    parts = {name: schema["$defs"].get(name, {}).get("properties", {}) for name in schema["properties"]}
    return tuple(
        ((name, field), inner["x-contrast"])
        for name, fields in parts.items()
        for field, inner in fields.items()
        if "x-contrast" in inner
    )

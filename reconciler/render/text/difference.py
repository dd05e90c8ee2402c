"""The difference of two files, in colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click import style

from reconciler.render.plain import line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_COLOUR = {"+": "green", "-": "red", "@": "cyan"}


def difference(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a unified difference in colours."""
    return (style(line(text), fg=_COLOUR.get(text[:1])) for text in lines)

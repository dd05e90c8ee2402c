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
    return (style(line(one), fg=_COLOUR.get(one[:1])) for one in lines)

"""The difference of two files, in colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click import style

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_COLOUR = {"+": "green", "-": "red", "@": "cyan"}


def difference(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a unified difference in colours."""
    return (style(line, fg=_COLOUR.get(line[:1])) for line in lines)

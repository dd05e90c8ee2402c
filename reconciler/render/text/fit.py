"""Fit text into columns: lines wrap at words, tables stand in columns or, where they are too wide, in lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from click import style, unstyle

from reconciler.render.plain import columns, padded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LEAST = 40
"""The least width: on fewer columns nothing is to be read anyway."""
_WHOLE = re.compile(r"\s*(?:\d*\s*\||(?:\$ )?(?:portal|git|pip|curl) )")
"""Lines that stay whole: excerpts of a file, and command lines."""
_HEAD = re.compile(r"\s*(?:[^\w\s\"'“(]{1,2} +)?(?:help: |\S+(?: \S+){0,4}? {2,})?")
"""The beginning of a line that its rest is indented by: a mark, and a name with blanks behind it."""
_GAP = "  "


def fitted(text: str, width: int | None) -> str:
    """Wrap lines, with colours or without, at the terminal's width, if any; words and command lines stay whole."""
    if width is None:
        return text
    width = max(width, _LEAST)
    return "\n".join(name for line in text.split("\n") for name in _wrapped(line, width))


def _wrapped(line: str, width: int) -> Sequence[str]:
    bare = unstyle(line)
    if columns(bare) <= width or _WHOLE.match(bare):
        return [line]
    from wcwidth import wrap

    # What begins far to the right would be left with a letter a line.
    begins = min(len(bare) - len(bare.lstrip(" ")), width // 2)
    head = _HEAD.match(bare)
    hangs = columns(head[0]) if head else 0
    if hangs in range(begins + 1) or hangs > width // 2:
        hangs = begins or len(_GAP)
    # Blanks at the beginning are dropped; they come back as what each line is indented by.
    return wrap(
        line.lstrip(" "),
        width,
        initial_indent=" " * begins,
        subsequent_indent=" " * hangs,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(rows: Sequence[Sequence[str]], width: int | None, *, head: Sequence[str] = ()) -> Iterator[str]:
    """Yield a table: in columns where they fit the width, otherwise with the cells of a row below its first one."""
    every = [head, *rows] if head else rows
    widths = [max(map(_columns, column)) for column in zip(*every, strict=True)]
    shown = [number for number in widths if number]
    if width is None or sum(shown) + len(_GAP) * (len(shown) - 1) <= width:
        yield from _across(every, widths, head=bool(head))
    elif head:
        yield from (line for row in rows for line in _below(row, head))
    else:
        yield from (line for row in rows for line in _flowing(row, widths[0], width))


def _columns(cell: str) -> int:
    return columns(unstyle(cell))


def _across(rows: Sequence[Sequence[str]], widths: Sequence[int], *, head: bool) -> Iterator[str]:
    for place, row in enumerate(rows):
        # A column in which nothing stands takes no room.
        cells = (cell + " " * (most - _columns(cell)) for cell, most in zip(row, widths, strict=True) if most)
        line = _GAP.join(cells).rstrip()
        yield style(line, bold=True) if head and place == 0 else line


def _below(row: Sequence[str], head: Sequence[str]) -> Iterator[str]:
    names = max(map(columns, head[1:]))
    yield row[0]
    yield from (
        f"{_GAP}{padded(name, names)}{_GAP}{cell}" for name, cell in zip(head[1:], row[1:], strict=True) if cell
    )


def _flowing(row: Sequence[str], first: int, width: int) -> Iterator[str]:
    """Yield a row's cells, as many on a line as fit, below the second one where the first is narrow."""
    hangs = first + len(_GAP) if first <= width // 4 else 2 * len(_GAP)
    line = row[0] + " " * (hangs - len(_GAP) - _columns(row[0]))
    for cell in filter(None, row[1:]):
        if _columns(line) + len(_GAP) + _columns(cell) > width:
            yield line.rstrip()
            line = " " * hangs + cell
        else:
            line += _GAP + cell
    yield line.rstrip()

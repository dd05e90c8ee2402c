"""Layout of a YAML text: the lines and comments of block mappings. Nothing in flow collections and scalars moves."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.config.edit.parts import BLOCK_STYLES, Lines, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.config.edit.parts import Chunk, Part
    from reconciler.core.diagnostics import Path


@dataclass(slots=True)
class Item:
    """A value and its lines, counted from 0; `last` is its own last line, `bottom` that of all inside."""

    last: int = 0
    anchors: set[str] = field(default_factory=set)
    aliases: set[str] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)

    def take(self, part: Item) -> None:
        """Add the anchors and aliases of a part."""
        self.last = max(self.last, part.last)
        self.anchors |= part.anchors
        self.aliases |= part.aliases

    def bottom(self) -> int:
        """Return its last line, with what is inside."""
        return max(
            [self.last, *(item.bottom() for item in self.items), *(entry.value.bottom() for entry in self.entries)]
        )

    def mappings(self, path: Path = ()) -> Iterator[tuple[Path, Item]]:
        """Yield every block mapping with its path, inner ones first."""
        for entry in self.entries:
            yield from entry.value.mappings((*path, entry.key))
        for index, item in enumerate(self.items):
            yield from item.mappings((*path, index))
        if self.entries:
            yield path, self


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a block mapping: its key, the key's place, and its value."""

    key: str
    line: int
    column: int
    value: Item


@dataclass(frozen=True, slots=True)
class Layout:
    """The outermost value of a text, and its scalars: first and last line, whether a literal block; and indexes."""

    root: Item
    scalars: tuple[tuple[int, int, bool], ...]
    spans: tuple[tuple[int, int], ...]


def layout(text: str) -> Layout:
    """Lay out valid YAML of bounded depth, with line feeds as line ends."""
    reader = _Reader(Lines(text))
    root = reader.item(tree(text))
    return Layout(root, tuple(reader.scalars), tuple(reader.spans))


class _Reader:
    """Makes items of parts, and notes the scalars."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.scalars: list[tuple[int, int, bool]] = []
        self.spans: list[tuple[int, int]] = []

    def item(self, part: Part) -> Item:
        """Return the item of a part."""
        item = Item(last=self._lines.number(part.start))
        if part.kind == "alias":
            item.aliases.add(str(part.alias))
            return item
        if part.anchor:
            item.anchors.add(part.anchor)
        if part.kind == "scalar":
            item.last = self._scalar(part.start, part.end, block=part.style in BLOCK_STYLES)
        for chunk in part.chunks:
            self._chunk(item, chunk)
        if part.flow:
            item.last, item.entries, item.items = self._lines.number(part.end), [], []
        return item

    def _scalar(self, start: int, end: int, *, block: bool) -> int:
        first, last = self._lines.number(start), self._lines.number(end)
        self.scalars.append((first, last, block))
        # What follows `|` on its line is no part of the text: it may be a comment.
        self.spans.append((min(self._lines.ends[first] + 1, len(self._lines.text)) if block else start, end))
        return last

    def _chunk(self, item: Item, chunk: Chunk) -> None:
        if chunk.key is None:
            inner = self.item(chunk.value)
            item.items.append(inner)
        else:
            last, line = self._scalar(chunk.key_start, chunk.key_end, block=False), self._lines.number(chunk.key_start)
            inner = self.item(chunk.value)
            inner.last = max(inner.last, last)
            inner.anchors |= {chunk.anchor} if chunk.anchor else set()
            column = chunk.key_start - self._lines.starts[line]
            item.entries.append(Entry(chunk.key, line, column, inner))
        item.take(inner)


def comments(text: str, spans: tuple[tuple[int, int], ...]) -> list[str]:
    """Return the sorted comments of a text; `#` begins none within the scalars' spans."""
    starts = [start for start, _ in spans]
    results = []
    position = text.find("#")
    while position >= 0:
        before = text[position - 1] if position else "\n"
        around = bisect_right(starts, position) - 1
        inside = around >= 0 and position < spans[around][1]
        if before in " \t\n" and not inside:
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            results.append(text[position:end].rstrip(" \t"))
            position = end
        position = text.find("#", position + 1)
    return sorted(results)

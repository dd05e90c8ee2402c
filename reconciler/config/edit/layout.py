"""How a YAML text is laid out: which lines each block mapping and each of its entries takes, and where comments are.

Values play no role here. Flow collections and scalars are opaque: what is inside of them is never moved.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.diagnostics import Path

_BLOCK_STYLES = ("|", ">")


@dataclass(slots=True)
class Item:
    """A value and the lines it takes. Lines count from 0.

    Attributes:
        last: Its last line, as far as it is known by itself; `bottom` counts what is inside.
        anchors: The names of the anchors in it.
        aliases: The names of the aliases in it.
        entries: Its entries, if it is a block mapping.
        items: Its items, if it is a block sequence.
    """

    last: int = 0
    anchors: set[str] = field(default_factory=set)
    aliases: set[str] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)

    def take(self, part: Item) -> None:
        """Count `part` as a part of this."""
        self.last = max(self.last, part.last)
        self.anchors |= part.anchors
        self.aliases |= part.aliases

    def bottom(self) -> int:
        """Return its last line, or that of what is inside of it."""
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
    """An entry of a block mapping: its key, where that stands, and its value."""

    key: str
    line: int
    column: int
    value: Item


@dataclass(frozen=True, slots=True)
class Layout:
    """The outermost value of a text, and the spans of its scalars.

    Attributes:
        root: The outermost value.
        scalars: First and last line of every scalar, and whether it is a literal block.
        spans: Start and end of the text of every scalar, as indexes into the text, in their order.
    """

    root: Item
    scalars: tuple[tuple[int, int, bool], ...]
    spans: tuple[tuple[int, int], ...]


def layout(text: str) -> Layout:
    """Return the layout of a text that is known to be YAML, of bounded depth, with line feeds as line ends."""
    import yaml

    lines = text.split("\n")
    scalars: list[tuple[int, int, bool]] = []
    spans: list[tuple[int, int]] = []
    events: list[Any] = list(yaml.parse(text, Loader=yaml.CSafeLoader))
    for event in events:
        if type(event).__name__ == "ScalarEvent":
            start, end = event.start_mark, event.end_mark
            block = event.style in _BLOCK_STYLES
            scalars.append((start.line, _last_line(event, lines), block))
            # What follows `|` on its line is no part of the text: it may be a comment.
            spans.append(((text.find("\n", start.index) + 1 or len(text)) if block else start.index, end.index))
    first = next(index for index, event in enumerate(events) if type(event).__name__ == "DocumentStartEvent")
    waiting = iter(events[first + 1 :])
    return Layout(_Reader(lines).item(next(waiting), waiting), tuple(scalars), tuple(spans))


def _last_line(event: Any, lines: list[str]) -> int:
    """Return the last line of a scalar; the blank lines behind a block are no part of it unless it keeps them."""
    end, start = event.end_mark, event.start_mark
    if event.style not in _BLOCK_STYLES:
        return int(end.line)
    last = end.line - 1 if end.column == 0 else end.line
    header = lines[start.line][start.column :].partition(" #")[0]
    while "+" not in header and last > start.line and not lines[last]:
        last -= 1
    return int(last)


class _Reader:
    """Reads the events of values, of which there may be at most as many levels as the source allows."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def item(self, event: Any, events: Iterator[Any]) -> Item:
        """Read one value whose first event is given."""
        kind = type(event).__name__
        item = Item(last=event.start_mark.line)
        if kind == "AliasEvent":
            item.aliases.add(event.anchor)
            return item
        if event.anchor:
            item.anchors.add(event.anchor)
        if kind == "ScalarEvent":
            item.last = _last_line(event, self._lines)
        elif kind == "MappingStartEvent":
            self._mapping(item, events, flow=event.flow_style)
        else:
            self._sequence(item, events, flow=event.flow_style)
        return item

    def _mapping(self, item: Item, events: Iterator[Any], *, flow: bool) -> None:
        for event in events:
            if type(event).__name__ == "MappingEndEvent":
                if flow:
                    item.last, item.entries = event.end_mark.line, []
                return
            key, value = self.item(event, events), self.item(next(events), events)
            value.take(key)
            item.take(value)
            mark = event.start_mark
            item.entries.append(Entry(getattr(event, "value", ""), mark.line, mark.column, value))

    def _sequence(self, item: Item, events: Iterator[Any], *, flow: bool) -> None:
        for event in events:
            if type(event).__name__ == "SequenceEndEvent":
                if flow:
                    item.last, item.items = event.end_mark.line, []
                return
            inner = self.item(event, events)
            item.take(inner)
            item.items.append(inner)


def comments(text: str, spans: tuple[tuple[int, int], ...]) -> list[str]:
    """Return the comments of a text, sorted.

    Args:
        text: The text.
        spans: Where its scalars are; `#` is no comment in them.
    """
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

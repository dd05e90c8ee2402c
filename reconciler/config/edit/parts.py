"""A YAML text as parts whose places are known to the character, so that one of them can be replaced and no other.

Every value is a `Part`: the stretch of text that says it, without its key, its anchor and the comments around it.
A block collection is made of `Chunk`s, which together are all of its lines: each holds the comments above an entry,
the entry, and the comments under it that are indented more than it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.config.yaml.scalars import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE_END = re.compile(r"\r\n|\r|\n")
_ANCHOR = re.compile(r"&[^\s]+\s*")
_BLOCK_STYLES = ("|", ">")


@dataclass(slots=True)
class Chunk:
    """An entry or an item of a collection. All numbers are indexes into the text.

    Attributes:
        start: Where the comments above it begin; for a flow collection, where it begins itself.
        body: Where it begins itself: its indentation, or its key where something else stands before on the line.
        end: Where it ends, without the line end.
        key: Its name, if it is an entry of a mapping.
        key_start: Where its name begins.
        key_end: Where its name ends.
        value: Its value.
    """

    start: int
    body: int
    end: int
    value: Part
    key: str | None = None
    key_start: int = 0
    key_end: int = 0


@dataclass(slots=True)
class Part:
    """A value and the text that says it.

    Attributes:
        value: The plain value.
        start: Where the text begins; for a block collection with a line to itself, at the start of a line.
        end: Where it ends, without the line end.
        kind: `scalar`, `alias`, `mapping` or `sequence`.
        style: How a scalar is quoted: empty for plain, `'`, `"`, `|` or `>`.
        flow: Whether it is a collection in brackets or braces.
        column: Where the keys or the dashes of a block collection stand, from 0.
        anchor: The name of its anchor.
        alias: The name that it refers to, if it is an alias.
        chunks: What it is made of, if it is a collection.
    """

    value: Any
    start: int
    end: int
    kind: str
    style: str = ""
    flow: bool = False
    column: int = 0
    anchor: str | None = None
    alias: str | None = None
    chunks: list[Chunk] = field(default_factory=list)

    @property
    def block(self) -> bool:
        """Whether it is a collection on lines of its own."""
        return self.kind in ("mapping", "sequence") and not self.flow

    def walk(self) -> Iterator[Part]:
        """Yield this and every part inside of it, in the order of the text."""
        yield self
        for chunk in self.chunks:
            yield from chunk.value.walk()


class Lines:
    """Where the lines of a text start and end."""

    def __init__(self, text: str) -> None:
        self.text = text
        breaks = list(LINE_END.finditer(text))
        self.starts = [0, *(match.end() for match in breaks)]
        self.ends = [*(match.start() for match in breaks), len(text)]
        self.eol = breaks[0].group() if breaks else "\n"

    def number(self, offset: int) -> int:
        """Return the line in which a character stands, from 0."""
        return bisect_right(self.starts, offset) - 1

    def line(self, number: int) -> str:
        """Return a line without its line end."""
        return self.text[self.starts[number] : self.ends[number]]

    def is_remark(self, number: int) -> bool:
        """Tell whether a line is blank or nothing but a comment."""
        line = self.line(number)
        return not line.strip() or line.lstrip().startswith("#")

    def before(self, offset: int) -> str:
        """Return what stands on the line before a character."""
        return self.text[self.starts[self.number(offset)] : offset]

    def indent(self, number: int) -> int:
        """Return how many blanks a line begins with."""
        line = self.line(number)
        return len(line) - len(line.lstrip())


def tree(text: str) -> Part:
    """Return the parts of a text that is known to be readable, and of bounded depth."""
    import yaml

    events: list[Any] = list(yaml.parse(text, Loader=yaml.CSafeLoader))
    dashes = [
        token.start_mark.index
        for token in yaml.scan(text, Loader=yaml.CSafeLoader)
        if type(token).__name__ == "BlockEntryToken"
    ]
    first = next(index for index, event in enumerate(events) if type(event).__name__ == "DocumentStartEvent")
    waiting = iter(events[first + 1 :])
    root = _Reader(Lines(text), dashes).part(next(waiting), waiting)
    if root.block and root.chunks:
        # What stands above the first key of a file is its header, and no part of that key.
        root.start = root.chunks[0].start = root.chunks[0].body
    return root


class _Reader:
    """Reads events into parts."""

    def __init__(self, lines: Lines, dashes: list[int]) -> None:
        self._lines, self._text, self._dashes = lines, lines.text, dashes
        self._anchors: dict[str, Any] = {}

    def part(self, event: Any, events: Iterator[Any]) -> Part:
        """Read the value whose first event is given."""
        kind = type(event).__name__
        start, end = event.start_mark.index, event.end_mark.index
        if kind == "AliasEvent":
            return Part(self._anchors.get(event.anchor), start, end, "alias", alias=event.anchor)
        if event.anchor and (prefix := _ANCHOR.match(self._text, start)):
            start = prefix.end()
        if kind == "ScalarEvent":
            part = self._scalar(event, start, end)
        elif kind == "MappingStartEvent":
            part = self._mapping(event, events, start)
        else:
            part = self._sequence(event, events, start)
        part.anchor = event.anchor
        if event.anchor:
            self._anchors[event.anchor] = part.value
        return part

    def _scalar(self, event: Any, start: int, end: int) -> Part:
        style = event.style if not event.implicit[0] else ""
        value = resolve(event.value) if event.implicit[0] else event.value
        if style in _BLOCK_STYLES:
            end = self._block_text_end(start, end)
        return Part(value, start, end, "scalar", style=style)

    def _block_text_end(self, start: int, end: int) -> int:
        """Return where a block text ends: blank lines behind it are no part of it unless it keeps them."""
        first = self._lines.number(start)
        last = self._lines.number(end)
        if end == self._lines.starts[last] and last > first:
            last -= 1
        keeps = "+" in self._text[start : self._lines.ends[first]].partition(" #")[0]
        while not keeps and last > first and not self._lines.line(last).strip():
            last -= 1
        return self._lines.ends[last]

    # --- collections ----------------------------------------------------------------------------

    def _mapping(self, event: Any, events: Iterator[Any], start: int) -> Part:
        part = Part({}, start, start, "mapping", flow=bool(event.flow_style))
        for key in events:
            if type(key).__name__ == "MappingEndEvent":
                return self._finished(part, key)
            name, key_start, key_end = getattr(key, "value", ""), key.start_mark.index, key.end_mark.index
            value = self.part(next(events), events)
            part.value[name] = value.value
            part.chunks.append(Chunk(key_start, key_start, value.end, value, name, key_start, key_end))
        return part

    def _sequence(self, event: Any, events: Iterator[Any], start: int) -> Part:
        part = Part([], start, start, "sequence", flow=bool(event.flow_style))
        for item in events:
            if type(item).__name__ == "SequenceEndEvent":
                return self._finished(part, item)
            begins = item.start_mark.index
            value = self.part(item, events)
            if not part.flow:
                begins = self._dashes[bisect_right(self._dashes, min(begins, value.start)) - 1]
            part.value.append(value.value)
            part.chunks.append(Chunk(begins, begins, value.end, value))
        return part

    def _finished(self, part: Part, event: Any) -> Part:
        if part.flow:
            part.end = event.end_mark.index
            return part
        lines = self._lines
        part.column = len(lines.before(part.chunks[0].body))
        for index, chunk in enumerate(part.chunks):
            if not lines.before(chunk.body).strip():
                chunk.body = lines.starts[lines.number(chunk.body)]
            chunk.end = self._own_end(chunk.value.end, part.column)
            before = part.chunks[index - 1].end
            chunk.start = lines.starts[lines.number(before) + 1] if index else self._lead(chunk)
        part.start, part.end = part.chunks[0].start, part.chunks[-1].end
        return part

    def _lead(self, chunk: Chunk) -> int:
        """Return where the comments above the first entry of a collection begin."""
        number = self._lines.number(chunk.body)
        if chunk.body != self._lines.starts[number]:
            return chunk.body
        while number > 0 and self._lines.is_remark(number - 1):
            number -= 1
        return self._lines.starts[number]

    def _own_end(self, end: int, column: int) -> int:
        """Return where a chunk ends: behind the comment on its last line, and those under it that are indented more."""
        number = last = self._lines.number(end)
        while number + 1 < len(self._lines.starts) and self._lines.is_remark(number + 1):
            number += 1
            if self._lines.line(number).strip() and self._lines.indent(number) > column:
                last = number
        return self._lines.ends[last]

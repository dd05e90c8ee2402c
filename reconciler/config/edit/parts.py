"""Parts of a YAML text, placed to the character, so that one of them can be replaced and no other.

Every value is a `Part`: its stretch of text, without its key, its anchor and the comments around it. A block collection
is made of `Chunk`s, which together are all of its lines: each holds the comments above an entry, the entry, and the
comments under it that are indented more than it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.config.yaml.builder import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.config.yaml.node import Node

LINE_END = re.compile(r"\r\n|\r|\n")
BLOCK_STYLES = ("|", ">")
"""The signs that begin a block text."""

_STYLES = ("'", '"', *BLOCK_STYLES)
_ANCHOR = re.compile(r"&([^\s,\[\]{}]+)\s*")
_REMARKS = re.compile(r"(?:\s+|#[^\r\n]*)*")
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)


@dataclass(slots=True)
class Chunk:
    """An entry or an item of a collection. All numbers are indexes into the text."""

    start: int  # the comments above it; for a flow collection, as `body`
    body: int  # its indentation, or its key where something else stands before on the line
    end: int
    value: Part
    key: str | None = None  # its name, in a mapping
    key_start: int = 0
    key_end: int = 0
    anchor: str | None = None  # of its key


@dataclass(slots=True)
class Part:
    """A value and its text."""

    value: Any
    start: int  # of the text; for a block collection with a line to itself, of that line
    end: int  # without the line end
    kind: str  # `scalar`, `alias`, `mapping` or `sequence`
    style: str = ""  # a scalar's quotes: empty for plain, `'`, `"`, `|` or `>`
    flow: bool = False  # whether it is a collection in brackets or braces
    column: int = 0  # of a block collection's keys or dashes, from 0
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
    """Start and end of each line of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        breaks = list(LINE_END.finditer(text))
        self.starts = [0, *(match.end() for match in breaks)]
        self.ends = [*(match.start() for match in breaks), len(text)]
        self.eol = breaks[0].group() if breaks else "\n"

    def number(self, offset: int) -> int:
        """Return the line of a character, from 0."""
        return bisect_right(self.starts, offset) - 1

    def offset(self, line: int, column: int) -> int:
        """Return the index of a line and a column, both from 1."""
        # What ends with a text that has no last line end, ends on the line behind it.
        return self.starts[line - 1] + column - 1 if line <= len(self.starts) else len(self.text)

    def line(self, number: int) -> str:
        """Return a line without its line end."""
        return self.text[self.starts[number] : self.ends[number]]

    def is_remark(self, number: int) -> bool:
        """Tell whether a line is blank or only a comment."""
        line = self.line(number)
        return not line.strip() or line.lstrip().startswith("#")

    def before(self, offset: int) -> str:
        """Return the line's text before a character."""
        return self.text[self.starts[self.number(offset)] : offset]

    def indent(self, number: int) -> int:
        """Return the number of leading blanks of a line."""
        line = self.line(number)
        return len(line) - len(line.lstrip())


def tree(text: str) -> Part:
    """Return the parts of valid YAML of bounded depth."""
    root = _Reader(Lines(text)).part(nodes(text), flow=False)
    if root.block and root.chunks:
        # What stands above the first key of a file is its header, and no part of that key.
        root.start = root.chunks[0].start = root.chunks[0].body
    return root


class _Reader:
    """Makes parts of nodes, with the details that only the text has."""

    def __init__(self, lines: Lines) -> None:
        self._lines, self._text = lines, lines.text

    def part(self, node: Node, *, flow: bool) -> Part:
        """Return the part of a node; `flow` tells whether it stands in brackets or braces."""
        start, end = self._lines.offset(node.line, node.column), self._lines.offset(node.end_line, node.end_column)
        anchor = None
        if start < end:
            anchor, start = self._anchor(start)
        sign = self._text[start] if start < end else ""
        if sign == "*":
            return Part(node.value, start, end, "alias", alias=self._text[start + 1 : end])
        if isinstance(node.value, dict):
            part = self._mapping(node, start, end, flow=flow or sign == "{")
        elif isinstance(node.value, list):
            part = self._sequence(node, start, end, flow=flow or sign == "[")
        else:
            part = self._scalar(node, start, end, sign)
        part.anchor = anchor
        return part

    def _scalar(self, node: Node, start: int, end: int, sign: str) -> Part:
        if sign in BLOCK_STYLES:
            end = self._block_text_end(start, end)
        return Part(node.value, start, end, "scalar", style=sign if sign in _STYLES else "")

    def _block_text_end(self, start: int, end: int) -> int:
        """Return the end of a block text; empty lines behind it are no part of it unless it keeps them."""
        first = self._lines.number(start)
        last = self._lines.number(end)
        if end == self._lines.starts[last] and last > first:
            last -= 1
        keeps = "+" in self._text[start : self._lines.ends[first]].partition(" #")[0]
        while not keeps and last > first and not self._lines.line(last):
            last -= 1
        return self._lines.ends[last]

    # --- collections ----------------------------------------------------------------------------

    def _mapping(self, node: Node, start: int, end: int, *, flow: bool) -> Part:
        part = Part(node.value, start, end, "mapping", flow=flow)
        for name, child in node.children.items():
            key_start = self._lines.offset(*node.keys[str(name)])
            value = self.part(child, flow=flow)
            anchor, begins = self._anchor(key_start)
            quoted = _QUOTED.match(self._text, begins)
            key_end = quoted.end() if quoted else begins + len(str(name))
            part.chunks.append(Chunk(key_start, key_start, value.end, value, str(name), key_start, key_end, anchor))
        return self._finished(part)

    def _anchor(self, start: int) -> tuple[str | None, int]:
        """Return the name of an anchor, and the index of what it names."""
        anchor = _ANCHOR.match(self._text, start)
        return (anchor[1], anchor.end()) if anchor else (None, start)

    def _sequence(self, node: Node, start: int, end: int, *, flow: bool) -> Part:
        part = Part(node.value, start, end, "sequence", flow=flow)
        behind = start
        for child in node.children.values():
            value = self.part(child, flow=flow)
            item = self._lines.offset(child.line, child.column)
            begins = item if flow else _REMARKS.match(self._text, behind).end()  # type: ignore[union-attr]  # likewise
            part.chunks.append(Chunk(begins, begins, value.end, value))
            behind = self._lines.offset(child.end_line, child.end_column)
        return self._finished(part)

    def _finished(self, part: Part) -> Part:
        if part.flow:
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
        """Return the start of the comments above the first entry of a collection."""
        number = self._lines.number(chunk.body)
        if chunk.body != self._lines.starts[number]:
            return chunk.body
        while number > 0 and self._lines.is_remark(number - 1):
            number -= 1
        return self._lines.starts[number]

    def _own_end(self, end: int, column: int) -> int:
        """Return the end of a chunk: behind the comment on its last line, and those under it that are indented more."""
        number = last = self._lines.number(end)
        while number + 1 < len(self._lines.starts) and self._lines.is_remark(number + 1):
            number += 1
            if self._lines.line(number).strip() and self._lines.indent(number) > column:
                last = number
        return self._lines.ends[last]

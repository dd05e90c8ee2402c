"""Render parts with new values. What stays is copied, character by character."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.config.edit import emit
from reconciler.config.edit.flow import Row, collection
from reconciler.config.edit.parts import LINE_END
from reconciler.core.matching import canonical, pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reconciler.config.edit.parts import Chunk, Lines, Part
    from reconciler.core.diagnostics import Path

_HEADER = re.compile(r"[|>][-+0-9]*")
_REMARK = re.compile(r"\s+#.*$")
_BLOCK_TEXT = ("|", ">")


class _New(NamedTuple):
    """The text of a value, and whether it is a collection on lines of its own, of which the first is indented too."""

    text: str
    block: bool = False


class _Columns(NamedTuple):
    """The columns of a mapping and of a list on lines of their own."""

    mapping: int
    sequence: int


class Renderer:
    """Renders one file with new values; keeps the changed anchors, and the removed text with its comments."""

    def __init__(self, lines: Lines, look: emit.Style, known_order: Callable[[Path], Sequence[str]]) -> None:
        """Bind what is the same for every value; `known_order` gives the usual order of the keys at a place."""
        self._lines, self._text, self._look, self._known_order = lines, lines.text, look, known_order
        self.changed: dict[str, Any] = {}
        self.dropped: list[str] = []

    def file(self, root: Part, value: Any) -> str:
        """Render the whole text with another value."""
        new = self._value(root, value, (), _Columns(0, 0))
        return self._text[: root.start] + new.text + self._text[root.end :]

    # --- values ---------------------------------------------------------------------------------

    def _value(self, part: Part, value: Any, path: Path, columns: _Columns, *, in_flow: bool = False) -> _New:
        """Render a part with its value, changed or not."""
        if canonical(part.value) == canonical(value):
            return _New(self._text[part.start : part.end], part.block)
        if part.anchor:
            self.changed[part.anchor] = value
        if part.alias and canonical(self.changed.get(part.alias)) == canonical(value):
            return _New(self._text[part.start : part.end])
        if part.kind == "mapping" and isinstance(value, dict) and self._braced(part):
            renamed = _renamed(part.value, value)
            if renamed or part.value.keys() & value.keys():
                return self._mapping(part, value, path, renamed)
        if part.kind == "sequence" and isinstance(value, list) and value:
            return self._sequence(part, value, path)
        return self._replaced(part, value, columns, in_flow=in_flow)

    def _braced(self, part: Part) -> bool:
        """Tell whether a mapping in a flow has braces: `[a: b]` holds one that has none."""
        return not part.flow or self._text[part.start] == "{"

    def _replaced(self, part: Part, value: Any, columns: _Columns, *, in_flow: bool) -> _New:
        """Render a value that shares nothing with the old one."""
        look = self._look
        self.dropped.append(self._text[part.start : part.end])
        if not isinstance(value, dict | list):
            if _stays_block_text(part, value):
                return self._block_text(part, value, columns)
            return _New(emit.scalar(value, look, style=part.style, flow=in_flow))
        room = len(self._lines.before(part.start))
        if in_flow or not value or (not part.block and emit.fits_line(value, room, look)):
            return _New(emit.inline(value, look, flow=in_flow))
        listed = isinstance(value, list)
        column = columns.sequence if listed else columns.mapping
        if part.block and listed == (part.kind == "sequence"):
            column = part.column
        return _New(look.eol.join(emit.block(value, column, look)), block=True)

    def _block_text(self, part: Part, value: str, columns: _Columns) -> _New:
        """Render a block text, with the comment behind the old header."""
        first, remark = self._lines.number(part.start), self._header_remark(part)
        numbers = range(first + 1, self._lines.number(part.end) + 1)
        indents = [self._lines.indent(number) for number in numbers if self._lines.line(number).strip()]
        header, lines = emit.block_text(value, min(indents, default=columns.mapping))
        return _New(self._look.eol.join([header + remark, *lines]))

    def _header_remark(self, part: Part) -> str:
        """Return the comment behind the header of a block text, with the blanks before it."""
        line_end = self._lines.ends[self._lines.number(part.start)]
        return _HEADER.sub("", self._text[part.start : line_end], count=1)

    # --- collections ----------------------------------------------------------------------------

    def _mapping(self, part: Part, value: Mapping[str, Any], path: Path, renamed: Mapping[str, str]) -> _New:
        chunks = {renamed.get(str(chunk.key), str(chunk.key)): chunk for chunk in part.chunks}
        names = _entry_order([name for name in chunks if name in value], value, list(self._known_order(path)))
        rows = [
            Row(chunks.get(name), self._entry(part, chunks.get(name), name, value[name], (*path, name)))
            for name in names
        ]
        return self._assembled(part, rows)

    def _entry(self, part: Part, chunk: Chunk | None, name: str, value: Any, path: Path) -> str:
        look = self._look
        if chunk is not None:
            columns = _Columns(part.column + look.step, part.column + look.list_step)
            return self._chunk(chunk, value, path, columns, name=name, in_flow=part.flow)
        if part.flow:
            return f"{emit.key_text(name, look)}: {emit.inline(value, look, flow=True)}"
        return look.eol.join(emit.entry(name, value, part.column, look))

    def _sequence(self, part: Part, value: Sequence[Any], path: Path) -> _New:
        columns = _Columns(part.column + 2, part.column + 2)
        spread = self._spreads(part)
        rows = []
        for item, index in zip(value, pairs(part.value, value), strict=True):
            if index is not None:
                chunk = part.chunks[index]
                rows.append(Row(chunk, self._chunk(chunk, item, (*path, index), columns, in_flow=part.flow)))
            elif part.flow:
                rows.append(Row(None, emit.inline(item, self._look, flow=True)))
            else:
                lines = emit.item(item, part.column, self._look, spread=spread)
                rows.append(Row(None, self._look.eol.join(lines)))
        return self._assembled(part, rows)

    def _spreads(self, part: Part) -> bool:
        """Tell whether mappings in a list have a line for each key, also those that would fit into one."""
        short = [
            chunk.value
            for chunk in part.chunks
            if isinstance(chunk.value.value, dict) and emit.fits_line(chunk.value.value, part.column + 2, self._look)
        ]
        return bool(short) and all(item.block for item in short)

    def _assembled(self, part: Part, rows: Sequence[Row]) -> _New:
        if part.flow:
            kept = {id(row.chunk) for row in rows}
            self.dropped += [self._text[part.start : part.end] for chunk in part.chunks if id(chunk) not in kept]
            return _New(collection(self._text, part, rows, self._look))
        return _New(self._stacked(part, rows), block=True)

    def _stacked(self, part: Part, rows: Sequence[Row]) -> str:
        """Render entries one below the other; comments that a blank line sets apart from a removed one stay."""
        texts = {id(row.chunk): row.text for row in rows if row.chunk is not None}
        remarks, orphans = "", dict[int, str]()
        for chunk in part.chunks:
            if id(chunk) in texts:
                orphans[id(chunk)], remarks = remarks, ""
                continue
            apart, about = self._above(chunk)
            self.dropped.append(about + self._text[chunk.body : chunk.end])
            remarks += apart if "#" in apart else ""
        first, inline_first = part.chunks[0], part.chunks[0].start == part.chunks[0].key_start
        spaced = self._is_spaced(part)
        out = []
        for position, row in enumerate(rows):
            text = orphans.get(id(row.chunk), "") + row.text
            if inline_first and (position == 0) != (row.chunk is first):
                text = text.lstrip() if position == 0 else " " * part.column + text
            out.append((self._look.eol if spaced and row.chunk is None and position else "") + text)
        if remarks:
            out.append(LINE_END.sub(self._look.eol, remarks).removesuffix(self._look.eol))
        return self._look.eol.join(out)

    def _is_spaced(self, part: Part) -> bool:
        """Tell whether a blank line stands between the entries."""
        blank = [not self._lines.line(self._lines.number(chunk.start)).strip() for chunk in part.chunks[1:]]
        return bool(blank) and all(blank)

    def _above(self, chunk: Chunk) -> tuple[str, str]:
        """Split the lines above an entry: set apart by a blank line, and about it."""
        if chunk.start == chunk.body:
            return "", ""
        first, own = self._lines.number(chunk.start), self._lines.number(chunk.body)
        split = own
        while split > first and self._lines.line(split - 1).strip():
            split -= 1
        starts = self._lines.starts
        return self._text[chunk.start : starts[split]], self._text[starts[split] : starts[own]]

    # --- one entry ------------------------------------------------------------------------------

    def _chunk(
        self, chunk: Chunk, value: Any, path: Path, columns: _Columns, *, in_flow: bool, name: str | None = None
    ) -> str:
        """Render an entry with another value, and perhaps another name."""
        part, text = chunk.value, self._text
        new = self._value(part, value, path, columns, in_flow=in_flow)
        head, tail = text[chunk.start : part.start], text[part.end : chunk.end]
        if part.style in _BLOCK_TEXT and new.text != text[part.start : part.end] and not _stays_block_text(part, value):
            tail = self._header_remark(part) + tail
        if name is not None and name != chunk.key:
            here, there = chunk.key_start - chunk.start, chunk.key_end - chunk.start
            head = head[:here] + emit.key_text(name, self._look) + head[there:]
        if new.block and not part.block:
            return self._opened(chunk, head, new.text, tail)
        own_lines = head.endswith(("\n", "\r"))
        if part.block and not new.block and own_lines:
            return _collapsed(head, new.text) + tail
        if new.block and not own_lines:
            return head + new.text.lstrip(" ") + tail
        return head + new.text + tail

    def _opened(self, chunk: Chunk, head: str, value: str, tail: str) -> str:
        """Render an entry whose value moves to lines of its own, below the comment on the line of its key."""
        if chunk.key is None and not tail.strip():
            return head + value.lstrip(" ") + tail
        match = LINE_END.search(tail)
        rest, below = (tail[: match.start()], tail[match.start() :]) if match else (tail, "")
        return head.rstrip() + rest.rstrip() + self._look.eol + value + below


def _stays_block_text(part: Part, value: Any) -> bool:
    """Tell whether a block text stays one with another value."""
    return part.style in _BLOCK_TEXT and isinstance(value, str) and emit.fits_block(value)


def _collapsed(head: str, value: str) -> str:
    """Render a key with the value that stood below it before, in front of its comment."""
    *_, line_end = LINE_END.finditer(head)
    line = head[: line_end.start()]
    remark = _REMARK.search(line)
    bare = line[: remark.start()] if remark else line
    return f"{bare.rstrip()} {value}{remark.group() if remark else ''}"


def _renamed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Return renamed keys: the operator of a condition, or the only key there is."""
    gone, added = [key for key in before if key not in after], [key for key in after if key not in before]
    if len(gone) == len(added) == 1 and ("attribute" in before or len(before) == 1):
        return {gone[0]: added[0]}
    return {}


def _entry_order(there: list[str], value: Mapping[str, Any], known: Sequence[str]) -> list[str]:
    """Return the keys in place, with each new one behind those that come before it in the usual order."""
    rank = {key: place for place, key in enumerate(known)}
    names = list(there)
    for name in sorted((key for key in value if key not in names), key=lambda key: rank.get(key, len(rank))):
        mine = rank.get(name, len(rank))
        before = [place for place, text in enumerate(names) if rank.get(text, len(rank)) <= mine]
        names.insert(before[-1] + 1 if before else 0, name)
    return names

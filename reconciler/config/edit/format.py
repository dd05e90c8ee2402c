"""Format a configuration: keys in the order of the schema, no trailing blanks, one final line end.

Whole lines move, nothing is written anew. The result is read again, and refused unless it holds the same values and the
same comments.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from reconciler.config.edit.layout import Entry, Item, Layout, comments, layout
from reconciler.config.schema.unions import Schema, alternatives
from reconciler.config.yaml.document import decode, parse
from reconciler.core.contract import load_json
from reconciler.core.diagnostics import Path, Source, error
from reconciler.core.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Sequence

ENVIRONMENT: Path = ("environments", "NAME")
"""The path in a configuration of an environment's own file."""

_LINE_END = re.compile(r"\r\n|\r")
_HEADER = re.compile(r"\s*(?:$|---|%|#!|#\s*(?:yaml-language-server|vim|-\*-|SPDX|Copyright|\(c\)|©))", re.IGNORECASE)


def format_bytes(data: bytes, file: str, *, environment: bool = False) -> bytes:
    """Format a file; raise ConfigurationInvalid where it cannot be read, or formatted without a change of meaning."""
    text = decode(data, file)
    document = parse(text, file, environment=environment)
    if document.diagnostics:
        raise ConfigurationInvalid(document.diagnostics)
    unified = _LINE_END.sub("\n", text)
    before = layout(unified)
    result = _formatted(unified, before, ENVIRONMENT if environment else ())
    if _says(result, layout(result)) != _says(unified, before):
        summary = "the file cannot be brought into its usual layout without changing what it says"
        remedy = "It was left as it is. Simplify anchors and block texts in it, or order its keys by hand."
        raise ConfigurationInvalid(error("format-refused", summary, remedy=remedy, source=Source(file, 1, 1)))
    return (result.replace("\n", "\r\n") if "\r\n" in text else result).encode("utf-8")


def _says(text: str, its_layout: Layout) -> tuple[str, list[str]]:
    """Return everything that formatting must keep."""
    values = parse(text, "").values
    return json.dumps(values, sort_keys=True), comments(text, its_layout.spans)


def _formatted(text: str, its_layout: Layout, base: Path) -> str:
    lines = _trimmed(text, its_layout)
    for path, mapping in layout("\n".join(lines)).root.mappings():
        _reorder(lines, mapping, known_order((*base, *path)), is_root=not path)
    first = next((number for number, line in enumerate(lines) if line), 0)
    return "\n".join(lines[first:])


def _trimmed(text: str, its_layout: Layout) -> list[str]:
    """Return the lines without trailing blanks; the last is empty, for one final line end."""
    literal = {line for first, last, block in its_layout.scalars for line in range(first + block, last + block)}
    lines = [line if number in literal else line.rstrip(" \t") for number, line in enumerate(text.split("\n"))]
    kept = max((last for _, last, block in its_layout.scalars if block), default=0)
    end = len(lines)
    while end - 1 > kept and not lines[end - 1]:
        end -= 1
    # A block text that ends with the file has no line end; one more would become a part of it.
    unended = end == len(lines) and kept == end - 1 and bool(lines[kept])
    return lines[:end] if unended else [*lines[:end], ""]


# --- the order of keys --------------------------------------------------------------------------


def known_order(path: Path) -> list[str]:
    """Return the keys that the schema knows at `path`, in its order."""
    schema = load_json("portal.schema.json")
    here = [schema]
    for step in path:
        here = [
            inner
            for value in here
            for branch in alternatives(value, schema["$defs"])
            for inner in _inside(branch, step)
        ]
    return list(
        dict.fromkeys(
            key
            for value in here
            for branch in alternatives(value, schema["$defs"])
            for key in branch.schema.get("properties", ())
        )
    )


def _inside(branch: Any, step: str | int) -> list[Schema]:
    if isinstance(step, int):
        inner = branch.schema.get("items")
    else:
        inner = branch.schema.get("properties", {}).get(step, branch.schema.get("additionalProperties"))
    return [inner] if isinstance(inner, dict) else []


# --- moving lines -------------------------------------------------------------------------------


@dataclass(slots=True)
class _Block:
    """The lines of one entry: the blank lines and comments above it, and its own."""

    entry: Entry
    lead: list[str]
    body: list[str]


def _reorder(lines: list[str], mapping: Item, known: Sequence[str], *, is_root: bool) -> None:
    """Sort the entries of one mapping, in place. The number of lines does not change."""
    entries = mapping.entries
    order = _ordered(entries, known)
    if order == entries or not _movable(lines, entries):
        return
    start = _start(lines, entries[0], is_root=is_root)
    stop = _stop(lines, entries[-1])
    blocks = {id(block.entry): block for block in _blocks(lines, entries, start, stop)}
    lines[start:stop] = _joined([blocks[id(entry)] for entry in order], blocks[id(entries[0])])
    mapping.last = max(mapping.last, stop - 1)


def _ordered(entries: list[Entry], known: Sequence[str]) -> list[Entry]:
    """Sort entries by the known keys, as far as every alias stays behind its anchor."""
    rank = {key: place for place, key in enumerate(known)}
    anchors = [name for entry in entries for name in entry.value.anchors]
    if len(anchors) != len(set(anchors)):
        return entries
    waiting = sorted(entries, key=lambda entry: rank.get(entry.key, len(rank)))
    order: list[Entry] = []
    missing = set(anchors)
    while waiting:
        ready = next(entry for entry in waiting if not (entry.value.aliases - entry.value.anchors) & missing)
        waiting.remove(ready)
        order.append(ready)
        missing -= ready.value.anchors
    return order


def _movable(lines: Sequence[str], entries: Sequence[Entry]) -> bool:
    """Tell whether each entry starts a line of its own, but for the dashes before the first."""
    before_first = lines[entries[0].line][: entries[0].column]
    same_column = all(entry.column == entries[0].column for entry in entries)
    alone = all(not lines[entry.line][: entry.column].strip() for entry in entries[1:])
    return same_column and alone and not before_first.strip(" -")


def _start(lines: Sequence[str], first: Entry, *, is_root: bool) -> int:
    """Return the first line of the comments above the first entry; the header of a file stays where it is."""
    start = first.line
    if lines[first.line][: first.column].strip():
        return start
    while start > 0 and _is_remark(lines[start - 1]):
        start -= 1
    if is_root:
        return next((number for number in range(first.line, 0, -1) if _HEADER.match(lines[number - 1])), start)
    return start


def _stop(lines: Sequence[str], last: Entry) -> int:
    """Return the line behind the last entry and the comments under it that are indented more than its key."""
    return _own_end(lines, last, len(lines))


def _own_end(lines: Sequence[str], entry: Entry, limit: int) -> int:
    end = entry.value.bottom() + 1
    for number in range(end, limit):
        if not _is_remark(lines[number]):
            break
        if lines[number].strip() and _indent(lines[number]) > entry.column:
            end = number + 1
    return end


def _blocks(lines: Sequence[str], entries: Sequence[Entry], start: int, stop: int) -> list[_Block]:
    ends = [_own_end(lines, entry, after.line) for entry, after in pairwise(entries)]
    begins = [start, *ends]
    return [
        _Block(entry, list(lines[begin : entry.line]), list(lines[entry.line : end]))
        for entry, begin, end in zip(entries, begins, [*ends, stop], strict=True)
    ]


def _joined(blocks: Sequence[_Block], was_first: _Block) -> list[str]:
    for block in blocks:
        # A comment that is indented more than its key could become a part of a block text above its new place.
        block.lead = [" " * block.entry.column + line.lstrip() if line.strip() else line for line in block.lead]
    first = blocks[0]
    if first is not was_first:
        blanks = next((number for number, line in enumerate(first.lead) if line.strip()), len(first.lead))
        was_first.lead[:0] = first.lead[:blanks]
        del first.lead[:blanks]
        _swap_dashes(first, was_first)
    return [line for block in blocks for line in (*block.lead, *block.body)]


def _swap_dashes(first: _Block, was_first: _Block) -> None:
    """Move the dashes of a list item from its old first key to the new one."""
    column = first.entry.column
    prefix = was_first.body[0][:column]
    if not prefix.strip():
        return
    was_first.body[0] = " " * column + was_first.body[0][column:]
    first.body[0] = prefix + first.body[0][column:]
    first.lead = [" " * _indent(prefix) + line.lstrip() for line in first.lead]


def _is_remark(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())

"""Read a configuration file: bytes → text → plain values with positions, in bounded time and memory for any bytes."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import Diagnostic, Path, Source, error
from reconciler.core.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from io import FileIO

    from reconciler.config.yaml.builder import Problem
    from reconciler.config.yaml.node import Node

MAX_BYTES = 1024 * 1024
"""A configuration larger than this is refused before it is read."""

MAX_STREAM_BYTES = 64 * MAX_BYTES
"""A file of many configurations larger than this is refused before it is read."""

STDIN = "-"
"""The file name that stands for standard input."""

_MAX_LINE_SHOWN = 2000
_LINE_END = re.compile(r"\r\n|\r|\n")
_PLAIN = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
# What YAML itself forbids is left out, and besides: characters that some readers take for a line end and others do
# not, and those that change the order in which text is displayed, so that a reviewer sees something else than what is
# read. No regular expression: to compile one of so many ranges takes longer than to read the file.
_ALLOWED = (
    ("\t", "\n"),
    ("\r", "\r"),
    (" ", "~"),
    ("\xa0", "\u2027"),
    ("\u202f", "\u2065"),
    ("\u206a", "\ud7ff"),
    ("\ue000", "\ufefe"),
    ("\uff00", "\ufffd"),
    ("\U00010000", "\U0010ffff"),
)
_LAST_ASCII = 0x7F
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Document:
    """A configuration file with all positions. Nodes and `lines` count from `first`, diagnostics as the file does."""

    file: str  # as the user wrote it
    root: Node
    lines: Sequence[str]
    diagnostics: tuple[Diagnostic, ...] = ()  # what YAML allows and a file may not contain, such as a key set twice
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # files of environments, read or not
    first: int = 1  # the document's first line in the file

    @property
    def values(self) -> Any:
        """The plain value of the whole file. Aliases share parts of it, so it must not be changed."""
        return self.root.value

    def written(self, path: Path) -> str:
        """Return the number at a path as written (`1.10`); empty for any other value."""
        node, lines = self.root, self.lines
        for step in path:
            if (child := node.children.get(step)) is None:
                return ""
            node, lines = child, child.text.lines if child.text else lines
        return _written(lines, node, 1)

    def source(self, path: Path, *, key: bool = False) -> Source:
        """Return the source of the value at `path`, or of its key; of its nearest ancestor where it does not exist."""
        node, place = self.root, (self.root.line, self.root.column)
        for step in path:
            child = node.children.get(step)
            if child is None:
                break
            place = node.keys[str(step)] if key and step in node.keys else (child.line, child.column)
            node = child
        if node.text is not None:
            return source_at(node.text.file, node.text.lines, *place)
        return source_at(self.file, self.lines, *place, first=self.first)


def _written(lines: Sequence[str], node: Node, first: int) -> str:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float) or node.line != node.end_line:
        return ""
    return lines[node.line - first][node.column - 1 : node.end_column - 1].strip()


def source_at(file: str, lines: Sequence[str], line: int, column: int, *, first: int = 1) -> Source:
    """Return a place with its line, cut to a readable length; all count from 1, `lines` from `first` on."""
    text = lines[line - 1] if line <= len(lines) else ""
    return Source(file, line + first - 1, column, text[:_MAX_LINE_SHOWN])


def load(path: str) -> Document:
    """Load the document in a file; `-` is standard input; raise ConfigurationInvalid where there is none."""
    file = shown_name(path)
    return parse(decode(read(path), file), file)


def shown_name(path: str) -> str:
    """Return the name of a file for diagnostics and documents; bytes that are not UTF-8 are escaped."""
    return "<stdin>" if path == STDIN else path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _instead(path: FilePath) -> str:
    """Suggest an existing file for a missing name: one beside it, or one of a folder above."""
    beside = path.with_suffix({".yaml": ".yml", ".yml": ".yaml"}.get(path.suffix, path.suffix))
    if beside != path and beside.is_file():
        return f"There is a `{beside}`: name it with `--file {beside}`, or rename it to `{path.name}`."
    if path.parent == FilePath():
        for depth, folder in enumerate(path.absolute().parent.parents, start=1):
            if (folder / path).is_file():
                above = "/".join([".."] * depth)
                return f"There is one in a folder above: `cd {above}`, or name it with `--file {above}/{path}`."
    return "Name the file with `--file`; `portal init` writes a first one."


_PART = 4096
"""The least bytes of one read, also where the size of a file says that there are no more."""


def read(path: str, most: int = MAX_BYTES) -> bytes:
    """Read at most `most` bytes; raise ConfigurationInvalid for a file that is missing, unreadable, or too large."""
    if path == STDIN:
        return bounded(sys.stdin.buffer.read(most + 1), shown_name(path), most)
    try:
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 (a thousand times for a fleet)
            return bounded(_all_of(stream, most), path, most)
    except FileNotFoundError:
        raise _unusable("file-missing", path, "there is no such file", _instead(FilePath(path))) from None
    except IsADirectoryError:
        remedy = "Name a file in it, such as `portal.yaml`."
        raise _unusable("file-unreadable", path, "this is a directory", remedy) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or "its name is not possible"
        raise _unusable("file-unreadable", path, f"the file cannot be read: {reason}", "") from None


def _all_of(stream: FileIO, most: int) -> bytes:
    """Read a stream; of more than `most` bytes one byte too many."""
    # Room for all that there may be would be made, and given back, for each file.
    size = min(os.fstat(stream.fileno()).st_size, most) + 1
    parts, have = [], 0
    while have <= most and (part := stream.read(min(max(size - have, _PART), most + 1 - have))):
        parts.append(part)
        have += len(part)
    return b"".join(parts)


def bounded(data: bytes, file: str, most: int = MAX_BYTES) -> bytes:
    """Refuse more than `most` bytes; raises ConfigurationInvalid."""
    if len(data) > most:
        summary = f"the file is larger than {most // 1024} KiB"
        remedy = "A configuration has a few hundred lines; is it the right file?"
        raise _unusable("file-too-large", file, summary, remedy)
    return data


def _unusable(code: str, file: str, summary: str, remedy: str) -> ConfigurationInvalid:
    return ConfigurationInvalid(error(code, summary, remedy=remedy, source=Source(file, 1, 1)))


def decode(data: bytes, file: str) -> str:
    """Decode UTF-8, without a byte order mark; raise ConfigurationInvalid for other bytes, or invisible characters."""
    if not data.translate(None, _PLAIN):
        return data.decode("ascii")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as problem:
        summary = f"byte {problem.start} (0x{data[problem.start]:02x}) is not UTF-8"
        utf16 = data.startswith(_UTF16_MARKS)
        remedy = "Save the file as UTF-8" + ("; it looks like UTF-16." if utf16 else ".")
        readable = data[: problem.start].decode("utf-8").removeprefix("\ufeff")
        rest = "" if utf16 else data[problem.start :].decode("utf-8", "replace")
        raise ConfigurationInvalid(
            error("not-utf8", summary, remedy=remedy, source=_offset_source(readable + rest, len(readable), file))
        ) from None
    if (first := _first_forbidden(text)) is not None:
        code_point = ord(text[first])
        summary = f"the character U+{code_point:04X} is not allowed"
        escape = f', or write it in double quotes as "\\u{code_point:04x}"' if code_point > _LAST_ASCII else ""
        remedy = f"Remove it{escape}."
        source = _offset_source(text, first, file)
        raise ConfigurationInvalid(error("forbidden-character", summary, remedy=remedy, source=source))
    return text


def _first_forbidden(text: str) -> int | None:
    forbidden = [
        character for character in set(text) if not any(first <= character <= last for first, last in _ALLOWED)
    ]
    return min(map(text.index, forbidden), default=None)


def _offset_source(text: str, offset: int, file: str) -> Source:
    from reconciler.config.yaml.masking import shown_lines

    before = _LINE_END.split(text[:offset])
    return source_at(file, shown_lines(_LINE_END.split(text), None), len(before), len(before[-1]) + 1)


def parse(text: str, file: str, *, environment: bool = False, first: int = 1) -> Document:
    """Parse a document, which begins at line `first` of the file; with `environment` it holds one and no configuration.

    Raises ConfigurationInvalid where it is empty, not YAML, or would cost too much to read.
    """
    # Loaded where something is parsed: a file that is known again by its bytes is only read.
    import yaml

    from reconciler.config.yaml.builder import Builder, UnreadableError
    from reconciler.config.yaml.masking import MaskedLines, shown_lines
    from reconciler.config.yaml.syntax_errors import syntax_problem

    lines = _LINE_END.split(text)
    shown = partial(shown_lines, lines, environment=environment)
    builder = Builder(first)
    try:
        # Without asking first whether there is another event, as `yaml.parse` does: that takes as long as to read it.
        root = builder.build(iter(yaml.CSafeLoader(text).get_event, None))
    except UnreadableError as problem:
        raise ConfigurationInvalid(_diagnostics(problem.problems, file, shown(None), first)) from None
    except yaml.MarkedYAMLError as problem:
        problems = [*builder.problems, syntax_problem(problem, text, first)]
        raise ConfigurationInvalid(_diagnostics(problems, file, shown(None), first)) from None
    if root is None or root.value is None:
        remedy = "Start with `workspace` and `token`." if environment else "Start with `version: 1` and a `name`."
        raise _unusable("file-empty", file, "the file says nothing", remedy)
    may_be_shown = MaskedLines(partial(shown, None if builder.problems else root))
    diagnostics = _diagnostics(builder.problems, file, may_be_shown, first)
    return Document(file, root, may_be_shown, diagnostics, first=first)


def _diagnostics(problems: list[Problem], file: str, lines: Sequence[str], first: int) -> tuple[Diagnostic, ...]:
    return tuple(
        error(
            problem.code,
            problem.summary,
            remedy=problem.remedy,
            source=source_at(file, lines, problem.line, problem.column, first=first),
        )
        for problem in problems
    )

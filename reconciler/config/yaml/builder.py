"""YAML events → plain values, each with its place in the file.

One pass over libyaml's events and no recursion: nesting costs no stack, and what an alias stands for is shared, not
copied. Sizes are counted as if every alias were written out, so a file that would explode is refused before it does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.config.yaml.node import Node
from reconciler.config.yaml.scalars import resolve
from reconciler.core.wording import key_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yaml import events
    from yaml.error import Mark


MAX_DEPTH = 50
"""The deepest nesting of collections; the deepest rule that is allowed needs 26."""

TOO_DEEP = ("yaml-too-deep", f"values nest more than {MAX_DEPTH} levels deep", "Flatten this part of the file.")
"""Code, summary and remedy of a file that nests deeper."""

MAX_VALUES = 20_000
"""The most values of a file with every alias written out."""

_MAX_PROBLEMS = 100

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


class Problem(NamedTuple):
    """Valid YAML that this product does not read, with its place from 1."""

    code: str
    summary: str
    remedy: str
    line: int
    column: int


class UnreadableError(Exception):
    """The file cannot be read past the last of `problems`."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[-1].summary)
        self.problems = problems


@dataclass(slots=True)
class _Open:
    """A collection that is still open."""

    start: Mark
    mapping: bool
    anchor: str | None
    is_key: bool
    values: dict[str, Any] | list[Any]
    children: dict[str | int, Node] = field(default_factory=dict)
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    size: int = 1
    expects_key: bool = False
    key: str | None = None
    """The key whose value comes next; None when that value has nowhere to go."""


def nodes(text: str) -> Node:
    """Return the outermost value of valid YAML that is not empty."""
    import yaml

    root = Builder().build(iter(yaml.CSafeLoader(text).get_event, None))
    return root or Node(None, 1, 1, 1, 1)


class Builder:
    """Reads the events of one stream into one `Node`; collects `problems` and reads on behind each."""

    def __init__(self, first: int = 1) -> None:
        """Begin; `first` is the stream's first line in the file, for lines told in words."""
        self.problems: list[Problem] = []
        self._before = first - 1
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._count = 0
        self._root: Node | None = None

    def build(self, stream: Iterable[events.Event]) -> Node | None:
        """Return the root of the only document, None of an empty stream; raise UnreadableError for any other."""
        handlers = {
            "DocumentStartEvent": self._document,
            "AliasEvent": self._alias,
            "ScalarEvent": self._scalar,
            "MappingStartEvent": self._start,
            "SequenceStartEvent": self._start,
            "MappingEndEvent": self._end,
            "SequenceEndEvent": self._end,
        }
        for event in stream:
            if handler := handlers.get(type(event).__name__):
                handler(event)
        return self._root

    def _note(self, code: str, summary: str, remedy: str, mark: Mark) -> None:
        self.problems.append(Problem(code, summary, remedy, mark.line + 1, mark.column + 1))
        if len(self.problems) > _MAX_PROBLEMS:
            raise UnreadableError(self.problems)

    def _stop(self, code: str, summary: str, remedy: str, mark: Mark) -> UnreadableError:
        self._note(code, summary, remedy, mark)
        return UnreadableError(self.problems)

    # --- events ---------------------------------------------------------------------------------

    def _document(self, event: Any) -> None:
        if self._root is not None:
            remedy = "Keep one configuration in a file and remove this `---`; environments belong under `environments`."
            raise self._stop("yaml-several-documents", "a second YAML document starts here", remedy, event.start_mark)
        if event.version and tuple(event.version) != (1, 2):
            remedy = "Remove the %YAML line; this file is read as YAML 1.2, where `yes` and `on` are text."
            self._note("yaml-version", "only YAML 1.2 is read", remedy, event.start_mark)

    def _scalar(self, event: Any) -> None:
        self._refuse_tag(event)
        if self._takes_key():
            self._key(event)
            return
        self._count_values(1, event.start_mark)
        node = _node(self._scalar_value(event), event.start_mark, event.end_mark)
        self._place(node, event.anchor)

    def _scalar_value(self, event: Any) -> Any:
        value: str = event.value
        if not value.isprintable() and _CONTROL.search(value):
            remedy = "Remove it; text may contain line breaks and tabs but no other control characters."
            self._note("forbidden-character", "the text contains a control character", remedy, event.start_mark)
            return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", value)
        if not event.implicit[0]:
            return value
        try:
            return resolve(value)
        except ValueError as problem:
            remedy = "Quote it if it is text."
            self._note("yaml-number", f"this number cannot be used: {problem}", remedy, event.start_mark)
            return 0

    def _alias(self, event: Any) -> None:
        if self._takes_key():
            self._bad_key(event)
            self._open[-1].expects_key = False
            return
        if event.anchor not in self._anchors:
            remedy = "Define it above with `&`; quote the value if it is text."
            raise self._stop("yaml-alias", "this alias is defined nowhere above", remedy, event.start_mark)
        target = self._anchors[event.anchor]
        if target is None:
            summary = "this alias is inside the value that it refers to"
            raise self._stop("yaml-alias", summary, "A value cannot contain itself.", event.start_mark)
        self._count_values(target.size, event.start_mark)
        start, end = event.start_mark, event.end_mark
        here = {"line": start.line + 1, "column": start.column + 1}
        self._place(replace(target, **here, end_line=end.line + 1, end_column=end.column + 1), None)

    def _start(self, event: Any) -> None:
        self._refuse_tag(event)
        is_key = self._takes_key()
        if is_key:
            self._bad_key(event)
        mapping = type(event).__name__ == "MappingStartEvent"
        if len(self._open) >= MAX_DEPTH:
            raise self._stop(*TOO_DEEP, event.start_mark)
        self._count_values(1, event.start_mark)
        if event.anchor:
            self._anchors[event.anchor] = None
        values: dict[str, Any] | list[Any] = {} if mapping else []
        self._open.append(_Open(event.start_mark, mapping, event.anchor, is_key, values, expects_key=mapping))

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        node = _node(done.values, done.start, event.end_mark, done)
        if done.is_key:
            self._open[-1].expects_key = False
            return
        self._place(node, done.anchor)

    # --- places ---------------------------------------------------------------------------------

    def _takes_key(self) -> bool:
        return bool(self._open) and self._open[-1].expects_key

    def _place(self, node: Node, anchor: str | None) -> None:
        """Add a finished value to its collection."""
        if anchor:
            self._anchors[anchor] = node
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.size += node.size
        if isinstance(parent.values, list):
            parent.children[len(parent.values)] = node
            parent.values.append(node.value)
            return
        parent.expects_key = True
        if parent.key is not None:
            parent.values[parent.key] = node.value
            parent.children[parent.key] = node
            parent.key = None

    def _key(self, event: Any) -> None:
        """Take a scalar as a key: its text as it stands, so that `on` and `1` are names like any other."""
        parent = self._open[-1]
        parent.expects_key = False
        plain, name = event.implicit[0], event.value
        if plain and name in ("", "<<"):
            self._bad_key(event)
            return
        if name in parent.keys:
            line = parent.keys[name][0] + self._before
            summary = f"`{key_name(name)}` is already set in line {line}"
            remedy = "Keep one of the two; YAML would silently use only one of them."
            self._note("duplicate-key", summary, remedy, event.start_mark)
            return
        mark = event.start_mark
        parent.key = name
        parent.keys[name] = (mark.line + 1, mark.column + 1)
        if event.anchor:
            self._anchors[event.anchor] = _node(name, mark, event.end_mark)

    def _bad_key(self, event: Any) -> None:
        if getattr(event, "value", None) == "<<":
            remedy = "Write the keys out, alias a whole value, or use an environment's `overrides`: a merge hides from "
            remedy += "a reviewer what this place says, and YAML 1.2 no longer has it."
            self._note("yaml-merge-key", "`<<` does not merge mappings here", remedy, event.start_mark)
            return
        self._note("yaml-key", "this cannot be a key", "A key is a plain name followed by `:`.", event.start_mark)

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            remedy = "Remove it; a value needs no tag. Quote a value that shall be text."
            self._note("yaml-tag", "tags (`!…`) are not allowed", remedy, event.start_mark)

    def _count_values(self, size: int, mark: Mark) -> None:
        self._count += size
        if self._count > MAX_VALUES:
            summary = f"the file has more than {MAX_VALUES:,} values"
            remedy = "Make it smaller. Each use of an alias counts in full."
            raise self._stop("yaml-too-many-values", summary, remedy, mark)


def _node(value: Any, start: Mark, end: Mark, parts: _Open | None = None) -> Node:
    places = (start.line + 1, start.column + 1, end.line + 1, end.column + 1)
    return Node(value, *places, parts.size, parts.keys, parts.children) if parts else Node(value, *places)

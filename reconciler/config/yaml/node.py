"""A value of a file with its place, as the builder makes it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.core.diagnostics import Path

_NOTHING: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Text:
    """The path of a file as the user wrote it, and its masked lines."""

    file: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place. Lines and columns count from 1, columns in characters; the end is exclusive."""

    value: Any  # shared between aliases; never changed
    line: int
    column: int
    end_line: int
    end_column: int
    size: int = 1  # the number of values in it, itself included, aliases written out
    keys: Mapping[str, tuple[int, int]] = field(default_factory=lambda: _NOTHING)  # line and column of each key
    children: Mapping[str | int, Node] = field(default_factory=lambda: _NOTHING)  # by key or index, in file order
    text: Text | None = None  # its file, with the key that leads to it; None: the main file of its document

    def at(self, path: Path) -> Node | None:
        """Return the node at `path` below this one, or None."""
        node: Node | None = self
        for step in path:
            node = node.children.get(step) if node else None
        return node

    def within(self, text: Text) -> Node:
        """Return the same tree as a part of another file than the document's main one."""
        children = {step: child.within(text) for step, child in self.children.items()}
        return replace(self, children=children, text=text)

    def walk(self) -> Iterator[tuple[Path, Node]]:
        """Yield every node with its path, this one and parents first, in file order."""
        waiting: list[tuple[Path, Node]] = [((), self)]
        while waiting:
            path, node = waiting.pop()
            yield path, node
            if node.children:
                waiting.extend(((*path, step), child) for step, child in reversed(list(node.children.items())))


def with_children(node: Node, children: Mapping[str | int, Node], keys: Mapping[str, tuple[int, int]]) -> Node:
    """Return a mapping with other children and their keys' places, in the same place; anything else as it is."""
    if not isinstance(node.value, dict):
        return node
    return replace(
        node,
        value={name: child.value for name, child in children.items()},
        size=1 + sum(child.size for child in children.values()),
        keys={name: place for name, place in keys.items() if name in children},
        children=children,
    )


def with_child(node: Node, key: str, child: Node) -> Node:
    """Return a mapping in which a key has another value; a key that is new stands where its value does."""
    return with_children(node, {**node.children, key: child}, {key: (child.line, child.column), **node.keys})


def without_child(node: Node, key: str) -> Node:
    """Return a mapping without one of its keys."""
    return with_children(node, {name: child for name, child in node.children.items() if name != key}, node.keys)

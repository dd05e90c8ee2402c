"""Mappings with other keys: what is read from a file is never changed, so these are new ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.config.yaml.builder import Node


def with_children(node: Node, children: Mapping[str | int, Node], keys: Mapping[str, tuple[int, int]]) -> Node:
    """Return a mapping with other children in the same place; anything else as it is.

    Args:
        node: The mapping.
        children: What is to be inside of it.
        keys: Line and column of the key of each of them, and maybe of others.
    """
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

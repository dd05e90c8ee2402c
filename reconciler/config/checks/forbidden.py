"""Forbidden values: null, placeholders in the wrong place, and credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.config.yaml.masking import PLACEHOLDER
from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.wording import listed, where

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.config.yaml.document import Document
    from reconciler.config.yaml.node import Node
    from reconciler.core.diagnostics import Path, Source

_PLACEHOLDER_LIKE = "${"
_USER_INFO = re.compile(r"://[^/]*@")
_FIELD_DEPTH = 3
_MOST_LISTED = 50
"""The most values without brackets that are taken for a list."""


def refused(document: Document) -> Iterator[Diagnostic]:
    """Yield an error for every forbidden value."""
    for path, node in document.root.walk():
        if diagnostic := _refused(document, path, node):
            yield diagnostic


def _refused(document: Document, path: Path, node: Node) -> Diagnostic | None:
    if node.value is None:
        if (meant := _listed(document, path)) is not None:
            key, values, bare = meant
            are = "are keys without one" if len(bare) > 1 else "is a key without one"
            summary = f"`{key}` has one value here, and {listed(bare, 'and')} {are}"
            remedy = f"Write several values in brackets: `{key}: [{', '.join(values)}]`."
            source = document.source((*path[:-1], key))
            return error("list-without-brackets", summary, remedy=remedy, source=source)
        summary, remedy = f"`{where(path)}` has no value", _null_remedy(path)
        return error("null-not-allowed", summary, remedy=remedy, source=document.source(path))
    field = _environment_field(path)
    holds = isinstance(node.value, str) and _PLACEHOLDER_LIKE in node.value
    if not (field or holds):
        return None
    if remedy := _secret_remedy(field, node.value):
        summary = f"`{where(path)}` spells out a credential"
        return error("literal-secret", summary, remedy=remedy, source=document.source(path))
    return (
        None
        if not holds or (field and _is_placeholder(node.value))
        else _placeholder(path, field, document.source(path))
    )


def explained(document: Document) -> Iterator[Source]:
    """Yield the places of keys that are meant as values of a list: further errors there help nobody."""
    for path, node in document.root.walk():
        if node.value is None and _listed(document, path) is not None:
            yield document.source(path, key=True)


def _listed(document: Document, path: Path) -> tuple[str, list[str], list[str]] | None:
    """Read `is: a, b, c` as meant: the key, all of its values, and those that became keys without a value."""
    whole = document.root.at(path[:-1])
    # Not of an environment itself: there the text may be a credential that lost its colon.
    if whole is None or not path or isinstance(path[-1], int) or _is_of_environment(path):
        return None
    keys = list(whole.children)
    first = last = keys.index(path[-1])
    while first > max(0, last - _MOST_LISTED) and _is_bare(whole, keys, first):
        first -= 1
    while last + 1 < min(len(keys), first + _MOST_LISTED) and _is_bare(whole, keys, last + 1):
        last += 1
    value, bare = whole.children[keys[first]].value, [str(key) for key in keys[first + 1 : last + 1]]
    if path[-1] not in bare or not isinstance(value, str | int | float):
        return None
    return str(keys[first]), [str(value), *bare], bare


def _is_bare(whole: Node, keys: Sequence[str | int], place: int) -> bool:
    """Tell whether a key has no value, and neither a colon nor a line of its own that says that one was left out."""
    key = str(keys[place])
    node, (line, column) = whole.children[key], whole.keys.get(key, (0, 0))
    before = whole.children[keys[place - 1]].end_line if place else 0
    return node.value is None and before == line and (node.line, node.column) == (line, column + len(key))


def _is_of_environment(path: Path) -> bool:
    return path[0] == "environments" and "overrides" not in path


def _secret_remedy(field: str, value: object) -> str:
    """Return the remedy for a credential; empty if the value is none."""
    if field == "token" and not _is_placeholder(value):
        return "Write `token: ${NAME}` and set NAME in the process environment. Change the token if it was shared."
    if field == "workspace" and isinstance(value, str) and _USER_INFO.search(value):
        return "Remove the part before the `@`; the token alone says who asks."
    return ""


def _placeholder(path: Path, field: str, source: Source) -> Diagnostic:
    if field:
        remedy = f"Write `{field}: ${{NAME}}` and put all of it into NAME."
        summary = f"a placeholder has to be the whole value of `{where(path)}`"
        return error("placeholder-not-allowed", summary, remedy=remedy, source=source)
    summary = f"`{where(path)}` cannot be read from the process environment"
    return error("placeholder-not-allowed", summary, remedy=_PLACEHOLDER_REMEDY, source=source)


_PLACEHOLDER_REMEDY = (
    "Only `token` and `workspace` of an environment are read from there. "
    "For what differs between environments, use `overrides`."
)


def _null_remedy(path: Path) -> str:
    if path and isinstance(path[-1], int):
        return "Remove this item."
    return "Remove the key to leave the setting as it is in the workspace, or write a value (`[]` for an empty list)."


def _environment_field(path: Path) -> str:
    """Return `token` or `workspace` if the path is one of an environment."""
    if path[:1] == ("environments",) and path[2:] == ("intercom", "token"):
        return "token"
    at_field = len(path) == _FIELD_DEPTH and path[0] == "environments" and path[-1] in ("token", "workspace")
    return str(path[-1]) if at_field else ""


def _is_placeholder(value: object) -> bool:
    return isinstance(value, str) and PLACEHOLDER.fullmatch(value) is not None

"""Values that may stand nowhere, or only in one place: null, placeholders, and credentials spelled out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.config.yaml.masking import PLACEHOLDER
from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.wording import where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.config.yaml.document import Document
    from reconciler.config.yaml.node import Node
    from reconciler.core.diagnostics import Path, Source

_PLACEHOLDER_LIKE = "${"
_USER_INFO = re.compile(r"://[^/]*@")
_FIELD_DEPTH = 3


def refused(document: Document) -> Iterator[Diagnostic]:
    """Yield an error for every such value."""
    for path, node in document.root.walk():
        if found := _refused(document, path, node):
            yield found


def _refused(document: Document, path: Path, node: Node) -> Diagnostic | None:
    if node.value is None:
        if (before := _listed_before(document, path)) is not None:
            key, value = before
            summary = f"`{key}` has one value here, and `{path[-1]}` is a key without one"
            remedy = f"Write several values in brackets: `{key}: [{value}, {path[-1]}]`."
            return error("list-without-brackets", summary, remedy=remedy, source=document.source(path, key=True))
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


def _listed_before(document: Document, path: Path) -> tuple[str, str] | None:
    """Return the key and value before a key without a value on the same line: `is: a, b` for `is: [a, b]`.

    Not of an environment itself: there the text may be a credential that lost its colon.
    """
    whole = document.root.at(path[:-1])
    if whole is None or not path or isinstance(path[-1], int) or _is_of_environment(path):
        return None
    keys = list(whole.children)
    place = keys.index(path[-1])
    line, column = whole.keys.get(str(path[-1]), (0, 0))
    before = whole.children[keys[place - 1]] if place else None
    node = whole.children[path[-1]]
    # A colon behind the key, or a line of its own, says that a value was left out.
    bare = (node.line, node.column) == (line, column + len(str(path[-1])))
    if before is None or not bare or before.end_line != line:
        return None
    values = [before.value] if isinstance(before.value, str | int | float) else []
    return (str(keys[place - 1]), str(values[0])) if values else None


def _is_of_environment(path: Path) -> bool:
    return path[0] == "environments" and "overrides" not in path


def _secret_remedy(field: str, value: object) -> str:
    """Say what to write instead of a credential; nothing if the value is none."""
    if field == "token" and not _is_placeholder(value):
        return "Write `token: ${NAME}` and set NAME in the process environment. Change the token if it was shared."
    if field == "workspace" and isinstance(value, str) and _USER_INFO.search(value):
        return "Leave out what stands before the `@`; the token alone says who asks."
    return ""


def _placeholder(path: Path, field: str, source: Source) -> Diagnostic:
    if field:
        remedy = f"Write `{field}: ${{NAME}}` and put all of it into NAME."
        summary = f"a placeholder has to be the whole value of `{where(path)}`"
        return error("placeholder-not-allowed", summary, remedy=remedy, source=source)
    summary = f"`{where(path)}` cannot be read from the process environment"
    return error("placeholder-not-allowed", summary, remedy=_ELSEWHERE, source=source)


_ELSEWHERE = (
    "Only `token` and `workspace` of an environment are read from there. "
    "For what differs between environments, use `overrides`."
)


def _null_remedy(path: Path) -> str:
    if path and isinstance(path[-1], int):
        return "Remove this item."
    return (
        "Remove the key to leave it as it is in the workspace, or say what you want (`[]` for an empty list): "
        "no value could mean either."
    )


def _environment_field(path: Path) -> str:
    """Return `token` or `workspace` if the path is one of an environment."""
    if path[:1] == ("environments",) and path[2:] == ("intercom", "token"):
        return "token"
    at_field = len(path) == _FIELD_DEPTH and path[0] == "environments" and path[-1] in ("token", "workspace")
    return str(path[-1]) if at_field else ""


def _is_placeholder(value: object) -> bool:
    return isinstance(value, str) and PLACEHOLDER.fullmatch(value) is not None

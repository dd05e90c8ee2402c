"""Values that may stand nowhere, or only in one place: null, placeholders, and credentials spelled out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.diagnostics import Diagnostic, error
from reconciler.secrets import PLACEHOLDER
from reconciler.wording import where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.diagnostics import Path
    from reconciler.nodes import Node
    from reconciler.source import Document

_PLACEHOLDER_LIKE = re.compile(r"\$\{")
_USER_INFO = re.compile(r"://[^/]*@")
_FIELD_DEPTH = 3


def refused(document: Document) -> Iterator[Diagnostic]:
    """Yield an error for every such value."""
    for path, node in document.root.walk():
        if found := _refused(document, path, node):
            yield found


def _refused(document: Document, path: Path, node: Node) -> Diagnostic | None:
    source, field = document.source(path), _environment_field(path)
    if node.value is None:
        return error("null-not-allowed", f"`{where(path)}` has no value", remedy=_null_remedy(path), source=source)
    if field == "token" and not _is_placeholder(node.value):
        remedy = "Write `token: ${NAME}` and set NAME in the process environment. Change the token if it was shared."
        return error("literal-secret", f"`{where(path)}` spells out a credential", remedy=remedy, source=source)
    if not isinstance(node.value, str):
        return None
    if field == "workspace" and _USER_INFO.search(node.value):
        remedy = "Leave out what stands before the `@`; the token alone says who asks."
        return error("literal-secret", f"`{where(path)}` spells out a credential", remedy=remedy, source=source)
    if _PLACEHOLDER_LIKE.search(node.value) and not (field and _is_placeholder(node.value)):
        return error("placeholder-not-allowed", _placeholder_summary(path, field), remedy=_PLACEHOLDERS, source=source)
    return None


_PLACEHOLDERS = (
    "Only `token` and `workspace` of an environment are read from the process environment. "
    "For what differs between environments, use `overrides`."
)


def _placeholder_summary(path: Path, field: str) -> str:
    if field:
        return f"a placeholder has to be the whole value of `{where(path)}`"
    return f"`{where(path)}` cannot be read from the process environment"


def _null_remedy(path: Path) -> str:
    if path and isinstance(path[-1], int):
        return "Remove this item."
    return (
        "Remove the key to leave it as it is in the workspace, or say what you want (`[]` for an empty list): "
        "no value could mean either."
    )


def _environment_field(path: Path) -> str:
    """Return `token` or `workspace` if the path is one of an environment."""
    at_field = len(path) == _FIELD_DEPTH and path[0] == "environments" and path[-1] in ("token", "workspace")
    return str(path[-1]) if at_field else ""


def _is_placeholder(value: object) -> bool:
    return isinstance(value, str) and PLACEHOLDER.fullmatch(value) is not None

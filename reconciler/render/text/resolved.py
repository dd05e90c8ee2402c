"""Resolved values as YAML, with the provenance of each as a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import style

from reconciler.config.edit.emit import Style, key_text, scalar
from reconciler.core.wording import where
from reconciler.render.plain import line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.diagnostics import Path
    from reconciler.core.document_types.result import ResolvedDocument

_STYLE = Style()
_WIDEST = 60
"""The widest line for the comments to stand below each other."""


def resolved(document: ResolvedDocument) -> str:
    """Render the resolved values."""
    lines = list(_block(document["values"], (), ""))
    column = max((len(text) for text, path in lines if path is not None and len(text) <= _WIDEST), default=0)
    return "".join(f"{_line(document, line(text), path, column)}\n" for text, path in lines)


def _line(document: ResolvedDocument, text: str, path: Path | None, column: int) -> str:
    if path is None:
        return text
    origin = document["origins"][where(path)]
    whose = f", {document['configuration']['environment']}" if origin["from"] == "override" else ""
    remark = f"# {origin['file']}:{origin['line']}{whose}"
    return f"{text:<{column}}  {style(remark, fg='yellow' if whose else 'blue')}"


def _block(value: Any, path: Path, indent: str) -> Iterator[tuple[str, Path | None]]:
    """Yield the lines of a list or a mapping, each with the path of the single value on it."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for step, entry in entries:
        name = f"{key_text(step, _STYLE)}:" if isinstance(step, str) else "-"
        if not (isinstance(entry, dict | list) and entry):
            yield f"{indent}{name} {_single(entry)}", (*path, step)
        elif name == "-":
            # What a dash begins stands behind it: its first line takes the place of two blanks.
            (first, at), *rest = _block(entry, (*path, step), f"{indent}  ")
            yield f"{indent}- {first[len(indent) + 2 :]}", at
            yield from rest
        else:
            yield f"{indent}{name}", None
            yield from _block(entry, (*path, step), f"{indent}  ")


def _single(value: Any) -> str:
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    return scalar(value, _STYLE)

"""Edits of single values in a configuration file; all else stays, to the character.

The result is read again, and refused unless it holds the old values with exactly these edits, and has lost no comment
but those about removed entries.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.config.edit.emit import style_of
from reconciler.config.edit.format import ENVIRONMENT, known_order
from reconciler.config.edit.layout import comments, layout
from reconciler.config.edit.parts import LINE_END, Lines, tree
from reconciler.config.edit.rewrite import Renderer
from reconciler.config.yaml.document import decode, parse, source_at
from reconciler.core.diagnostics import error
from reconciler.core.errors import ConfigurationInvalid
from reconciler.core.matching import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.config.edit.parts import Part
    from reconciler.config.yaml.document import Document
    from reconciler.core.diagnostics import Diagnostic, Path

_ANCHOR = re.compile(r"&([^\s,\[\]{}]+)")
_MARK = b"\xef\xbb\xbf"


class _Removed:
    """The new value of an entry to remove."""

    def __repr__(self) -> str:
        return "REMOVED"


REMOVED = _Removed()


@dataclass(frozen=True, slots=True)
class Edit:
    """One new value, or `REMOVED`, at a path of the file before any edit; a missing path is added."""

    path: Path
    value: Any


def edited(data: bytes, file: str, edits: Iterable[Edit], *, environment: bool = False) -> bytes:
    """Edit values of a file; raise ConfigurationInvalid where the edit cannot be proven to change nothing else."""
    text = decode(data, file)
    document = parse(text, file, environment=environment)
    if document.diagnostics:
        raise ConfigurationInvalid(document.diagnostics)
    desired = with_edits(document.values, edits)
    if canonical(desired) == canonical(document.values):
        return data
    lines, root = Lines(text), tree(text)
    base = ENVIRONMENT if environment else ()
    renderer = Renderer(lines, style_of(root, lines), lambda path: known_order((*base, *path)))
    result = renderer.file(root, desired)
    if not _proven(text, result, desired, renderer.dropped):
        raise ConfigurationInvalid(_refusal(document, root, renderer, lines))
    return (_MARK if data.startswith(_MARK) else b"") + result.encode("utf-8")


def with_edits(values: Any, edits: Iterable[Edit]) -> Any:
    """Return a copy of plain values with some edits."""
    result = copy.deepcopy(json_like(values))
    for edit in edits:
        _set(result, edit)
    return _purged(result)


def json_like(values: Any) -> Any:
    """Return a copy of plain values without parts shared through aliases."""
    if isinstance(values, dict):
        return {key: json_like(value) for key, value in values.items()}
    return [json_like(value) for value in values] if isinstance(values, list) else values


def _set(values: Any, edit: Edit) -> None:
    *parents, last = edit.path
    here = values
    for step in parents:
        here = here.setdefault(step, {}) if isinstance(here, dict) else here[step]
    if isinstance(here, list) and last == len(here):
        here.append(edit.value)
    else:
        here[last] = edit.value


def _purged(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _purged(item) for key, item in value.items() if item is not REMOVED}
    return [_purged(item) for item in value if item is not REMOVED] if isinstance(value, list) else value


# --- the proof ----------------------------------------------------------------------------------


def _proven(before: str, after: str, desired: Any, dropped: list[str]) -> bool:
    """Tell whether a text holds exactly its values, and kept its comments."""
    try:
        document = parse(after, "")
    except ConfigurationInvalid:
        return False
    if document.diagnostics or canonical(document.values) != canonical(desired):
        return False
    had, has = _comments(before), _comments(after)
    gone = LINE_END.sub("\n", "\n".join(dropped))
    return not has - had and all(remark in gone for remark in had - has)


def _comments(text: str) -> Counter[str]:
    unified = LINE_END.sub("\n", text)
    return Counter(comments(unified, layout(unified).spans))


def _refusal(document: Document, root: Part, renderer: Renderer, lines: Lines) -> Diagnostic:
    shared = next((part for part in root.walk() if part.alias and part.alias in _touched(root, renderer)), None)
    if shared is None:
        summary = "the file cannot be edited without changing more than was asked for"
        remedy = "It was left as it is. Change it by hand, or simplify how this part of it is written."
        return error("edit-unprovable", summary, remedy=remedy, source=document.source(()))
    number = lines.number(shared.start)
    place = source_at(document.file, document.lines, number + 1, shared.start - lines.starts[number] + 1)
    anchor = next((part for part in root.walk() if part.anchor == shared.alias), shared)
    summary = f"the value in line {lines.number(anchor.start) + 1} is used here too, so changing it would change both"
    remedy = f"Write the value out here instead of `*{shared.alias}`, and run the command again."
    return error("edit-shared", summary, remedy=remedy, source=place)


def _touched(root: Part, renderer: Renderer) -> set[str]:
    """Return the anchors whose values were changed or removed."""
    gone = {name for text in renderer.dropped for name in _ANCHOR.findall(text)}
    return set(renderer.changed) | {part.anchor for part in root.walk() if part.anchor in gone and part.anchor}

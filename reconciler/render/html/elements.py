"""HTML elements; whatever is no `Html` already is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from reconciler.render.plain import line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_VOID = frozenset({"meta", "input", "rect", "circle", "path"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | int | None
"""The content of an element: text, HTML, a number, or nothing."""


def el(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """Build an element; in a name a final `_` is dropped, any other is `-`. True has no value, false leaves it out."""
    message = "".join(_attribute(key, value) for key, value in attributes.items())
    return Html(f"<{name}{message}/>" if name in _VOID else f"<{name}{message}>{joined(children)}</{name}>")


def joined(children: Iterable[Child]) -> Html:
    """Join children."""
    return Html("".join(map(_shown, children)))


def spaced(*children: Child) -> Iterator[Child]:
    """Yield children with a space after each, for screen readers."""
    for child in children:
        if child is not None:
            yield from (child, " ")


def code(text: str) -> Html:
    """Format a name or a value as code."""
    return el("code", text)


def _shown(child: Child) -> str:
    if child is None:
        return ""
    return child if isinstance(child, Html) else escape(line(str(child)), quote=False)


def _attribute(key: str, value: str | int | bool | None) -> str:  # noqa: FBT001 (as it stands in HTML)
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    return f' {name}="{escape(value if isinstance(value, Html) else line(str(value)))}"'

"""HTML in which text never is more than text: whatever is no `Html` already is escaped."""

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
"""What stands in an element: text, HTML, a number, or nothing."""


def el(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """Return an element.

    Args:
        attributes: A final `_` is left away, and any other becomes `-`. One that is `None` or false is not there, one
            that is true has no value.
    """
    message = "".join(_attribute(key, value) for key, value in attributes.items())
    return Html(f"<{name}{message}/>" if name in _VOID else f"<{name}{message}>{joined(children)}</{name}>")


def joined(children: Iterable[Child]) -> Html:
    """Return what stands one after the other."""
    return Html("".join(map(_shown, children)))


def spaced(*children: Child) -> Iterator[Child]:
    """Yield what stands in an element with a space after each, for those to whom it is read aloud."""
    for child in children:
        if child is not None:
            yield from (child, " ")


def code(text: str) -> Html:
    """Return a name or a value in its own type face."""
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

"""Lists of what holds and what does not."""

from __future__ import annotations

from reconciler.render.html.elements import Child, Html, el

_SIGNS = {"good": "✓", "bad": "✗", "open": "?"}


def check(kind: str, *child: Child, state: str) -> Html:
    """Return a line of a list with its mark, which is also said in a word.

    Args:
        kind: `good`, `bad` or `open`.
    """
    mark = el("span", _SIGNS[kind], class_="sign", aria_hidden="true")
    return el("li", mark, el("div", *child), el("span", state, class_="state"), class_=kind)

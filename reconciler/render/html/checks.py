"""Lists of checks."""

from __future__ import annotations

from reconciler.render.html.elements import Child, Html, el

_SIGNS = {"good": "✓", "bad": "✗", "open": "?"}


def check(kind: str, *child: Child, state: str) -> Html:
    """Render a check with its mark (`good`, `bad` or `open`), which is also said in a word."""
    mark = el("span", _SIGNS[kind], class_="sign", aria_hidden="true")
    return el("li", mark, el("div", *child), el("span", state, class_="state"), class_=kind)

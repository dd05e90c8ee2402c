"""The formats that a plan document is rendered in, by the names that `--format` takes."""

from __future__ import annotations

from typing import Any

RENDERED = ("markdown", "sarif", "junit", "github", "mermaid", "dot")
"""The formats for reviews; `text` and `json` are every verb's."""


def plan(document: dict[str, Any], name: str) -> str:
    """Return a plan document, failed ones too, in one of `RENDERED`; it ends in a newline."""
    from reconciler.render import annotations, graph, junit, markdown, sarif

    render = {
        "markdown": markdown.plan,
        "sarif": sarif.plan,
        "junit": junit.plan,
        "github": annotations.plan,
        "mermaid": graph.mermaid,
        "dot": graph.dot,
    }
    return render[name](document)

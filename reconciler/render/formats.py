"""The formats of a plan document, by their names for `--format`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.core.document_types.plan import FailedPlan, PlanDocument
    from reconciler.plan.effect.homepage_preview import RenderedHomepage

RENDERED = ("markdown", "html", "sarif", "junit", "github", "mermaid", "dot")
"""The formats for reviews; `text` and `json` are every verb's."""


def plan(document: PlanDocument | FailedPlan, name: str, drawn: RenderedHomepage | str | None = None) -> str:
    """Render a plan document, failed ones too, in one of `RENDERED`; it ends in a newline.

    `drawn` is for `html`: the homepage before and after, or why it could not be drawn.
    """
    if name == "html":
        from reconciler.render.html import page

        return page.plan(document, drawn)
    from reconciler.render import annotations, graph, junit, sarif
    from reconciler.render.markdown import plan as markdown

    render = {
        "markdown": markdown.plan,
        "sarif": sarif.plan,
        "junit": junit.plan,
        "github": annotations.plan,
        "mermaid": graph.mermaid,
        "dot": graph.dot,
    }
    return render[name](document)

"""Drawing the homepage of a plan, where a workspace can be run here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.plan.effect.homepage_preview import Drawn


def drawn(document: Mapping[str, Any]) -> Drawn | str | None:
    """Return the homepage before and after a plan, or why it cannot be drawn here; nothing where it stays as it is."""
    from reconciler.core.errors import WorkspaceUnusable
    from reconciler.target import local

    pages = document.get("pages")
    if pages is None:
        return None
    try:
        with local.explained(*local.NEEDED):
            from reconciler.target.embedded import draw

            return draw(pages)
    except WorkspaceUnusable as problem:
        return problem.diagnostics[0].summary

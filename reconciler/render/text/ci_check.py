"""The check of a build's environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click import style

from reconciler.render.plain import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.result import CiCheckDocument

_MARK = {"ok": style("✓", fg="green"), "missing": style("✗", fg="red"), "warning": style("!", fg="yellow")}


def text(document: CiCheckDocument) -> str:
    """Render the check of a build."""
    return "\n".join(_lines(harmless(document))) + "\n"


def _lines(document: CiCheckDocument) -> Iterator[str]:
    for check in document["checks"]:
        yield f"{_MARK[check['outcome']]} {style(check['what'], bold=True)}: {check['said']}"
        if check["remedy"]:
            yield f"  → {check['remedy']}"
    missing = sum(item["outcome"] == "missing" for item in document["checks"])
    yield ""
    yield f"{missing} missing." if missing else "Everything that this build needs is there."

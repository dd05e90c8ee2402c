"""Documents of what was published on a forge and fetched from it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from reconciler.core.documents import head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.document_types.result import FetchDocument, PublicationDocument
    from reconciler.forge.publish import Published


def publication_document(forge: str, published: Published) -> PublicationDocument:
    """Return the document of what became of a comment or an issue.

    Args:
        forge: What the forge is called.
    """
    return cast(
        "PublicationDocument",
        {**head("publication", published.outcome), "forge": forge, **asdict(published), "diagnostics": []},
    )


def fetch_document(forge: str, number: int, plan: Mapping[str, Any], *, reviewed: bool) -> FetchDocument:
    """Return the document of a plan that was fetched.

    Args:
        forge: What the forge is called.
        plan: The plan that was written.
        reviewed: Whether it is the one that was reviewed; otherwise there is nothing left to do.
    """
    return cast(
        "FetchDocument",
        {
            **head("fetched", "reviewed" if reviewed else "no_changes"),
            "forge": forge,
            "number": number,
            "plan_digest": plan["digest"],
            "diagnostics": [],
        },
    )

"""Documents of publications to a forge and fetches from it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from reconciler.core.documents import head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.document_types.result import FetchDocument, PublicationDocument
    from reconciler.forge.publish import Published


def publication_document(forge: str, published: Published) -> PublicationDocument:
    """Build the document of a published comment or issue."""
    return cast(
        "PublicationDocument",
        {**head("publication", published.outcome), "forge": forge, **asdict(published), "diagnostics": []},
    )


def fetch_document(forge: str, number: int, plan: Mapping[str, Any], *, reviewed: bool) -> FetchDocument:
    """Build the document of a fetched plan, the reviewed one, or one with nothing left to do."""
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

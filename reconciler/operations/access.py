"""Documents of who matches an audience, and why a person does or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reconciler.core.documents import head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.document_types.result import ExplanationDocument, PreviewDocument


def preview_document(audience: Any, answer: Mapping[str, Any]) -> PreviewDocument:
    """Return the document of who matches an audience.

    Args:
        audience: The audience in plain form.
        answer: What the workspace counted and listed.
    """
    fields = ("count", "people", "page", "per_page", "total_pages")
    return cast(
        "PreviewDocument",
        {
            **head("preview", "done"),
            "audience": audience,
            **{name: answer[name] for name in fields},
            "diagnostics": [],
        },
    )


def explanation_document(view: Mapping[str, Any], answer: Mapping[str, Any], *, live: bool) -> ExplanationDocument:
    """Return the document of why a person is in the audience or not.

    Args:
        view: What decides access.
        answer: What the workspace found about the person.
        live: Whether the view is the live one.
    """
    fields = ("person", "in_audience", "can", "explanation")
    return cast(
        "ExplanationDocument",
        {
            **head("explanation", "done"),
            "live": live,
            "open": view["open"],
            "audience": view["audience"]["mode"],
            **{name: answer[name] for name in fields},
            # A workspace of an earlier version grants nothing.
            "granted": answer.get("granted", []),
            "diagnostics": [],
        },
    )

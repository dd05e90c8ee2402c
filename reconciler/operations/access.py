"""Audience members, explanations of one person's access, and the people whom a change of settings affects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reconciler.core.documents import head
from reconciler.rules import deciding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.document_types.plan import ChangedPerson
    from reconciler.core.document_types.result import ExplanationDocument, PreviewDocument
    from reconciler.target.protocol import Target


def preview_document(audience: Any, answer: Mapping[str, Any]) -> PreviewDocument:
    """Build the document of an audience from the workspace's count and list."""
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
    """Build the document that explains one person's access, under the live view or another."""
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


def everybody(
    target: Target, help_center: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[ChangedPerson]:
    """Yield everybody who gains or loses access between two views, by id, with the reason.

    Reads page by page and never holds more than one; raises WorkspaceUnusable, maybe after some people.
    """
    # A portal that is closed before and after touches nobody.
    moves = before != after and (before["open"] or after["open"])
    beyond: str | None = "" if moves else None
    while beyond is not None:
        page = target.changed(help_center, before, after, beyond)
        conditions = [deciding.whole(condition) for condition in page["conditions"]]
        for person in page["people"]:
            because = [{"condition": conditions[why["condition"]], "holds": why["holds"]} for why in person["because"]]
            entry = {
                "change": person["change"],
                **person["person"],
                "company": person["company"],
                "why": _why(person["change"], before, after, because),
                "because": because,
            }
            yield cast("ChangedPerson", entry)
        beyond = page["following"]


def _why(change: str, before: Mapping[str, Any], after: Mapping[str, Any], because: list[dict[str, Any]]) -> str:
    """Name the reason of a person's change as a phrase."""
    message = " and ".join(entry["condition"] if entry["holds"] else f"not ({entry['condition']})" for entry in because)
    if change == "lost" and not after["open"]:
        return "the portal closes"
    if change in ("gained", "lost"):
        message = message or {"everyone": "everyone is let in", "nobody": "nobody is let in"}[after["audience"]["mode"]]
        return message if before["open"] else f"the portal opens; {message}"
    if message:
        return message
    return "everyone sees only their own tickets" if change == "sees_less" else "nobody is held to their own tickets"

"""Documents of receipts and of the lock of a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reconciler.core.documents import head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.document_types.result import HistoryDocument, ReceiptDocument, UnlockDocument


def history_document(name: str, target: str, page: Mapping[str, Any]) -> HistoryDocument:
    """Return the document of what was applied, newest first.

    Args:
        name: Name of the configuration; empty for every one.
        target: What the workspace is called.
        page: What the workspace answered.
    """
    return cast(
        "HistoryDocument",
        {
            **head("history", "done"),
            "configuration": name,
            "workspace": target,
            "receipts": list(page["data"]),
            "more": page["more"],
            "diagnostics": [],
        },
    )


def receipt_document(target: str, found: Mapping[str, Any]) -> ReceiptDocument:
    """Return the document of one receipt, whole."""
    return cast(
        "ReceiptDocument", {**head("receipt", "done"), "workspace": target, "receipt": dict(found), "diagnostics": []}
    )


def unlock_document(name: str, lease: Mapping[str, Any] | None, *, ended: bool) -> UnlockDocument:
    """Return the document of a lock that was looked at, and ended where that was wanted."""
    outcome = "not_locked" if lease is None else ("unlocked" if ended else "locked")
    return cast(
        "UnlockDocument",
        {
            **head("unlock", outcome),
            "configuration": name,
            "lease": None if lease is None else dict(lease),
            "diagnostics": [],
        },
    )

"""Documents of receipts and of a configuration's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reconciler.core import documents
from reconciler.core.diagnostics import error
from reconciler.core.documents import head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.core.document_types.result import HistoryDocument, ReceiptDocument, UnlockDocument


def history_document(
    name: str, target: str, page: Mapping[str, Any], log: Mapping[str, Any] | None = None
) -> HistoryDocument:
    """Build the document of past applies, newest first, of one configuration or all, with the log's check, if any."""
    return cast(
        "HistoryDocument",
        {
            **head("history", "done"),
            "configuration": name,
            "workspace": target,
            "receipts": list(page["data"]),
            "more": page["more"],
            "log": log and {name: log[name] for name in ("entries", "erased", "link", "broken")},
            "diagnostics": [documents.diagnostic(problem) for problem in log_problems(log)],
        },
    )


def log_problems(log: Mapping[str, Any] | None) -> tuple[Diagnostic, ...]:
    """Report a broken log of changes, where it was checked."""
    broken = log and log["broken"]
    if not log or broken is None:
        return ()
    what = f"entry {broken['id']}, about {broken['resource']}," if broken["id"] else "its end"
    summary = f"the activity log is not whole: {what} {_WHY[broken['why']]}; {log['entries']} entries before are whole"
    remedy = "Compare the log with a backup from before, and find out who has access to the database."
    return (error("activity-log-broken", summary, remedy=remedy),)


_WHY = {
    "changed": "says something else than when it was written",
    "not_in_line": "does not follow the entry before: one was taken out or put in",
    "end_missing": "is missing: the newest entries were taken out",
}


def receipt_document(target: str, entry: Mapping[str, Any]) -> ReceiptDocument:
    """Build the document of one whole receipt."""
    return cast(
        "ReceiptDocument", {**head("receipt", "done"), "workspace": target, "receipt": dict(entry), "diagnostics": []}
    )


def unlock_document(name: str, lease: Mapping[str, Any] | None, *, ended: bool) -> UnlockDocument:
    """Build the document of a lock, ended or only looked at."""
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

"""Past applies, by whom and when."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, Any

from click import style

from reconciler.apply.receipts import left_behind
from reconciler.render.plain import harmless
from reconciler.render.text import promotion
from reconciler.render.text.fit import table
from reconciler.render.text.plan import changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.document_types.result import HistoryDocument, ReceiptDocument, ReceiptSummary, UnlockDocument

_OUTCOMES = {
    "running": "running",
    "applied": "applied",
    "applied_in_part": "applied in part",
    "failed": "failed",
    "interrupted": "interrupted",
}
_COLOUR = {"applied": "green", "running": "cyan"}
_MOST_MESSAGE = 60
"""The most characters of a message in a list."""
_SHORT = 12
"""The characters shown of a digest or commit."""


def history(document: HistoryDocument, width: int | None = None) -> str:
    """Render a list of receipts, and the check of the log where there was one."""
    shown = harmless(document)
    return "\n".join((*_history_lines(shown, width), *_log_lines(shown))) + "\n"


def _log_lines(document: HistoryDocument) -> Iterator[str]:
    log = document["log"]
    if log is None or log["broken"] is not None:
        return
    erased = f", a deleted person erased from {log['erased']} of them" if log["erased"] else ""
    count = f"{log['entries']} {'entry' if log['entries'] == 1 else 'entries'}"
    yield from ("", f"The activity log is whole: {count}{erased}.")
    if log["entries"]:
        yield f"Its last link is {log['link']}"
        yield "Note it elsewhere: a log that was written anew as a whole has another one."


def _history_lines(document: HistoryDocument, width: int | None) -> Iterator[str]:
    receipts = document["receipts"]
    if not receipts:
        of = document["configuration"] or "Anything"
        yield f"No receipts. {of} was never applied to {document['workspace']}."
        return
    yield from table([_row(receipt) for receipt in receipts], width)
    if document["more"]:
        yield f"There are more: portal history --before {receipts[-1]['id']}"


def _row(receipt_summary: ReceiptSummary) -> list[str]:
    counts = receipt_summary["counts"]
    total = sum(counts.values())
    what = f"undo of {receipt_summary['undoes']}" if receipt_summary["undoes"] else receipt_summary["action"]
    if promotes := receipt_summary["promotes"]:
        what = f"promotion of {promotes['receipt']} in {promotes['environment']}"
    done = f"{counts['applied']} of {total} changes" if total else "record only"
    if receipt_summary["outcome"] == "running":
        done = f"{receipt_summary['steps_done']} request{'' if receipt_summary['steps_done'] == 1 else 's'} done"
    commit = f"commit {receipt_summary['commit'][:_SHORT]}" if receipt_summary["commit"] else ""
    undone = f"undone by {receipt_summary['undone_by']}" if receipt_summary["undone_by"] else ""
    digest = receipt_summary["plan_digest"].removeprefix("sha256:")[:_SHORT]
    message, name = _OUTCOMES[receipt_summary["outcome"]], receipt_summary["configuration"]
    return [
        receipt_summary["id"],
        receipt_summary["started_at"],
        style(message, fg=_COLOUR.get(receipt_summary["outcome"], "red")),
        what,
        name,
        done,
        receipt_summary["holder"],
        digest,
        commit,
        undone,
        shorten(receipt_summary.get("message") or "", _MOST_MESSAGE, placeholder=" …"),
    ]


def receipt(document: ReceiptDocument) -> str:
    """Render one receipt."""
    return "\n".join(_receipt_lines(harmless(document["receipt"]))) + "\n"


def _receipt_lines(entry: Mapping[str, Any]) -> Iterator[str]:
    plan, outcomes = entry["plan"], {change["id"]: change["outcome"] for change in entry["changes"]}
    if entry["outcome"] == "running":
        # Nobody has written down yet what became of the changes; the steps say it.
        outcomes = left_behind(entry)
    text = style(_OUTCOMES[entry["outcome"]], fg=_COLOUR.get(entry["outcome"], "red"), bold=True)
    place = f"{entry['configuration']} in {entry['help_center']}"
    yield f"{style(entry['id'], bold=True)}  {text}  {entry['action']} of {place}"
    yield f"  by {entry['holder']} (token {entry['by']}), {entry['started_at']} to {entry['finished_at'] or 'now'}"
    yield f"  plan {entry['plan_digest']}"
    if entry["commit"]:
        yield f"  commit {entry['commit']}"
    # Where nobody said why, it is what the changes below say.
    titles = ", ".join(dict.fromkeys(change["title"] for change in plan["changes"]))
    if (message := entry.get("message")) and not titles.startswith(message):
        yield f"  {message}"
    if entry["undoes"]:
        yield f"  takes back {entry['undoes']}"
    if entry["undone_by"]:
        yield f"  was taken back by {entry['undone_by']}"
    yield from promotion.facts(entry)
    yield from changes(plan["changes"], outcomes)
    for problem in entry["diagnostics"]:
        yield from ("", f"{problem['severity']} [{problem['code']}]", f"  {problem['summary']}")


def unlock(document: UnlockDocument) -> str:
    """Render a lock."""
    document = harmless(document)
    lease, name = document["lease"], document["configuration"]
    if lease is None:
        return f"{name} is not locked.\n"
    who = f"{lease['holder']} (token {lease['by']}) since {lease['acquired_at']}: {lease['reason']}"
    if document["outcome"] == "unlocked":
        return f"Ended the lock {lease['fence']} on {name}, which was held by {who}\n"
    return (
        f"{name} is locked by {who}\n"
        f"The lock ends by itself at {lease['expires_at']}, unless that run lives and renews it.\n"
        f"If it is gone: portal unlock --fence {lease['fence']}\n"
    )

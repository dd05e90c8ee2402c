"""What was applied, by whom and when, as text."""

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

_SAID = {
    "running": "running",
    "applied": "applied",
    "applied_in_part": "applied in part",
    "failed": "failed",
    "interrupted": "interrupted",
}
_COLOUR = {"applied": "green", "running": "cyan"}
_MOST_SAID = 60
"""How many characters of a message stand in a list."""
_SHORT = 12
"""How many characters of a digest or commit are shown."""


def history(document: HistoryDocument, width: int | None = None) -> str:
    """Return the text of a list of receipts, in so many columns, and of the check of the log where there was one."""
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
    found = document["receipts"]
    if not found:
        of = document["configuration"] or "Anything"
        yield f"No receipts. {of} was never applied to {document['workspace']}."
        return
    yield from table([_row(one) for one in found], width)
    if document["more"]:
        yield f"There are more: portal history --before {found[-1]['id']}"


def _row(one: ReceiptSummary) -> list[str]:
    counts = one["counts"]
    total = sum(counts.values())
    what = f"undo of {one['undoes']}" if one["undoes"] else one["action"]
    if promotes := one["promotes"]:
        what = f"promotion of {promotes['receipt']} in {promotes['environment']}"
    done = f"{counts['applied']} of {total} changes" if total else "record only"
    if one["outcome"] == "running":
        done = f"{one['steps_done']} request{'' if one['steps_done'] == 1 else 's'} done"
    commit = f"commit {one['commit'][:_SHORT]}" if one["commit"] else ""
    undone = f"undone by {one['undone_by']}" if one["undone_by"] else ""
    digest = one["plan_digest"].removeprefix("sha256:")[:_SHORT]
    said, name = _SAID[one["outcome"]], one["configuration"]
    return [
        one["id"],
        one["started_at"],
        style(said, fg=_COLOUR.get(one["outcome"], "red")),
        what,
        name,
        done,
        one["holder"],
        digest,
        commit,
        undone,
        shorten(one.get("message") or "", _MOST_SAID, placeholder=" …"),
    ]


def receipt(document: ReceiptDocument) -> str:
    """Return the text of one receipt."""
    return "\n".join(_receipt_lines(harmless(document["receipt"]))) + "\n"


def _receipt_lines(one: Mapping[str, Any]) -> Iterator[str]:
    plan, outcomes = one["plan"], {change["id"]: change["outcome"] for change in one["changes"]}
    if one["outcome"] == "running":
        # Nobody has written down yet what became of the changes; the steps say it.
        outcomes = left_behind(one)
    said = style(_SAID[one["outcome"]], fg=_COLOUR.get(one["outcome"], "red"), bold=True)
    yield f"{style(one['id'], bold=True)}  {said}  {one['action']} of {one['configuration']} in {one['help_center']}"
    yield f"  by {one['holder']} (token {one['by']}), {one['started_at']} to {one['finished_at'] or 'now'}"
    yield f"  plan {one['plan_digest']}"
    if one["commit"]:
        yield f"  commit {one['commit']}"
    # Where nobody said why, it is what the changes below say.
    titles = ", ".join(dict.fromkeys(change["title"] for change in plan["changes"]))
    if (message := one.get("message")) and not titles.startswith(message):
        yield f"  {message}"
    if one["undoes"]:
        yield f"  takes back {one['undoes']}"
    if one["undone_by"]:
        yield f"  was taken back by {one['undone_by']}"
    yield from promotion.facts(one)
    yield from changes(plan["changes"], outcomes)
    for problem in one["diagnostics"]:
        yield from ("", f"{problem['severity']} [{problem['code']}]", f"  {problem['summary']}")


def unlock(document: UnlockDocument) -> str:
    """Return the text about a lock."""
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

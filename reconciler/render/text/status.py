"""Status of a portal, one fact a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import style

from reconciler.render.plain import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.document_types.result import LastApply, LockHolder, PortalStatus, StatusDocument, WaitingApply


def status(document: StatusDocument) -> str:
    """Render a status document."""
    return "\n".join(_lines(harmless(document))) + "\n"


def _lines(document: StatusDocument) -> Iterator[str]:
    workspace, portal = document["workspace"], document["portal"]
    yield style(f"{workspace['name']}, Help Center {workspace['help_center']}", bold=True)
    for title, message in (
        ("Portal", _portal(portal)),
        ("Address", portal["url"] or "none: it is not enabled"),
        ("People", f"{portal['can_open']:,} of {portal['people']:,} can open it"),
        ("Last apply", _applied(document["last_apply"])),
        ("Drift", _fields(document["drift"], "changed by somebody else: portal drift")),
        ("Pending", _fields(document["pending"], "of the file not applied yet: portal plan")),
        ("Verified", _verified(document["verified"])),
        ("Lock", _lock(document["lock"])),
    ):
        yield f"  {title:<11} {message}"
    for waiting in document["waiting"]:
        yield f"  {'Waits':<11} {_waits(waiting)}"
    for item in document["missing"]:
        yield f"  {style('✗', fg='red')} {item['title']}: {item['found']}"
        yield f"    → {item['remedy']}"


def _portal(portal: PortalStatus) -> str:
    if portal["open"]:
        return style("open", fg="green")
    return style("enabled, and nobody can open it", fg="red") if portal["enabled"] else "closed"


def _applied(last: LastApply | None) -> str:
    if last is None:
        return "never"
    commit = f", commit {last['commit'][:12]}" if last["commit"] else ""
    return f"{last['receipt']} by {last['by']} at {last['at']}: {last['outcome'].replace('_', ' ')}{commit}"


def _fields(count: int, message: str) -> str:
    if not count:
        return "none"
    return f"{count} field{'' if count == 1 else 's'} {message}"


def _verified(entry: dict[str, Any] | None) -> str:
    if entry is None:
        return "never: portal verify"
    return f"{'passed' if entry['passed'] else style('failed', fg='red')} at {entry['at']} by {entry['by']}"


def _waits(waiting: WaitingApply) -> str:
    task, apply = waiting["task"], f"{waiting['receipt']} of {waiting['configuration']}"
    message = {
        "open": f"for a person: portal task show {task}",
        "done": f"for portal apply: {task} is done",
    }.get(waiting["state"], f"for portal apply: {task} is {waiting['state']}")
    return f"{apply} waits since {waiting['since']} {style(message, fg='yellow')}"


def _lock(lock_holder: LockHolder | None) -> str:
    return f"{lock_holder['holder']} applies since {lock_holder['since']}" if lock_holder else "free"

"""Errors for a workspace's refusals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reconciler.core.diagnostics import Diagnostic, error, warning
from reconciler.core.errors import (
    Blocked,
    LeaseLost,
    Locked,
    LookOutdated,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    PortalError,
    Refused,
    Stale,
    Waiting,
    WorkspaceUnusable,
)
from reconciler.core.secrets import address
from reconciler.target import moments
from reconciler.target.answers import errors as listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def unanswered(workspace: str, code: str, message: str, effort: str) -> WorkspaceUnusable:
    """Build the error for a request without an answer, with a code of `_UNANSWERED` and the attempts in words."""
    what, remedy = _UNANSWERED[code]
    return WorkspaceUnusable(error(code, f"{workspace} {what}: {message}{effort}", remedy=remedy))


_UNANSWERED = {
    "workspace-timeout": ("did not answer in time", "Try again; if it stays slow, ask the operator of the workspace."),
    "workspace-unreachable": ("cannot be reached", "Check the URL, and that the workspace is running."),
    "workspace-certificate-invalid": (
        "has a certificate that is not trusted",
        "Check the host in the URL. SSL_CERT_FILE names a file with the certificate of an authority of your own.",
    ),
    "workspace-answer-unreadable": (
        "answered with something that is not its API",
        "Check that the URL is a workspace's, without a path.",
    ),
}


def redirected(workspace: str, location: str) -> WorkspaceUnusable:
    """Build the error for a redirect, which is not followed: the token would go to another server."""
    try:
        parts = urlsplit(location)
        there = address(f"{parts.scheme}://{parts.netloc}") if parts.netloc else "another path of the same host"
    except ValueError:
        there = "nowhere"
    return WorkspaceUnusable(
        error(
            "workspace-redirects",
            f"{workspace} redirects to {there}; the token is not sent there",
            remedy="If that is the workspace, give its URL; otherwise a proxy asks for a login first.",
        )
    )


def unknown(workspace: str, request: str, why: PortalError) -> OutcomeUnknown:
    """Build the error for a write (method and path) of unknown outcome, with the failure of the last attempt."""
    return OutcomeUnknown(
        error(
            "write-outcome-unknown",
            f"it is not known whether {workspace} has done {request}: {why}",
            remedy="Run portal plan: it reads the workspace, and shows what is left to do.",
        )
    )


def refusal(
    workspace: str, status: int, body: Any, *, effort: str = "", wait: float = 0, variable: str = "PORTAL_TOKEN"
) -> PortalError:
    """Build the error for a response that is not a success; `effort` is the attempts in words, `wait` seconds."""
    errors = listed(body)
    if status in (401, 403):
        text = str(errors[0].get("message") or "") if errors else ""
        return NotAllowed(_not_allowed(workspace, status, variable, text))
    if status == 412:  # noqa: PLR2004 (HTTP's own number)
        return _moved(workspace, errors)
    if known := _about_lock(errors) or _about_vendor(workspace, errors, variable):
        return known
    unmet = [_unmet(entry) for entry in errors if entry.get("code") == "required_setting_unmet"]
    if unmet:
        return Blocked(unmet)
    message = "; ".join(_message(error) for error in errors) or f"HTTP status {status}"
    if status == 404:  # noqa: PLR2004 (HTTP's own number)
        return NotFound(
            error("not-found", f"{workspace} does not have the requested object: {message}", remedy=_REMEDY_404)
        )
    later = status in (429, 500, 502, 503, 504)
    remedy = (f"Try again in {math.ceil(wait)} seconds." if wait else "Try again later.") if later else ""
    problem = error("workspace-refused", f"{workspace} refused: {message}{effort}", remedy=remedy)
    return WorkspaceUnusable(problem) if later else Refused(problem)


_REMEDY_404 = "Check that the URL is a workspace's, without a path."


_KNOWN_ONCE = "the token "
"""The beginning of the message of a workspace that knew the token once."""


def _not_allowed(workspace: str, status: int, variable: str, message: str) -> Diagnostic:
    if status == 401 and message.startswith(_KNOWN_ONCE):  # noqa: PLR2004 (HTTP's own number)
        return error(
            "token-not-accepted",
            f"{workspace} does not accept the token any more: {message}",
            remedy=f"Set {variable} to a new one (portal token create NAME makes one).",
        )
    if status == 401:  # noqa: PLR2004 (HTTP's own number)
        return error(
            "token-not-accepted",
            f"{workspace} does not accept the token",
            remedy=f"Set {variable} to a token of this workspace (portal token create NAME makes one).",
        )
    return error(
        "token-not-sufficient",
        f"the token may not do this in {workspace}",
        remedy="Use a token with the write scope (portal token create NAME --scope write).",
    )


def _moved(workspace: str, errors: Sequence[Mapping[str, Any]]) -> Stale:
    """Build the error for an outdated observation."""
    codes = {entry.get("code") for entry in errors}
    for code, problem in _OTHER_HISTORY.items():
        if code in codes:
            return problem(workspace)
    if "basis_moved" in codes:
        return LookOutdated([_basis(entry) for entry in errors])
    return Stale(_stale(errors))


_OTHER_HISTORY = {
    "workspace_another": moments.another,
    "workspace_restored": moments.restored,
    "workspace_behind": moments.behind,
}


def _basis(entry: Mapping[str, Any]) -> Diagnostic:
    address = str(entry.get("field", ""))
    changes = entry.get("data", {}).get("changes", ())
    who = f"{_who(changes[0])} changed {address}" if changes else f"somebody changed {address}"
    return error(
        "stale-plan",
        f"{who} during the apply, and the plan depends on the earlier value",
        address=address,
        remedy="Nothing was written after that. Run portal plan again and review the new plan.",
    )


def _who(change: Mapping[str, Any]) -> str:
    return f"{change['by']['name']} (via {change['via']}, at {change['at']})"


def _stale(errors: Sequence[Mapping[str, Any]]) -> Diagnostic:
    changes = [change for entry in errors for change in entry.get("data", {}).get("changes", ())]
    if not changes:
        return error(
            "stale-plan",
            "somebody else changed the workspace after the plan was made",
            remedy="Run portal plan again and review the new plan.",
        )
    latest = changes[0]
    who = f"{latest['by']['name']} changed {latest['resource']} at {latest['at']} (via {latest['via']})"
    return error(
        "stale-plan",
        f"{who}, after the plan was made",
        address=latest["resource"],
        remedy="Run portal plan again and review the new plan.",
    )


def _about_lock(errors: Sequence[Mapping[str, Any]]) -> PortalError | None:
    for entry in errors:
        data = entry.get("data") or {}
        if entry.get("code") == "lease_held":
            return Locked(locked(data))
        if entry.get("code") == "lease_lost":
            return LeaseLost(_lost(data.get("lease")))
    return None


_ABOUT_TASKS = {
    "task_ended": "task-ended",
    "task_needs_another": "task-needs-another",
    "attestation_observed": "attestation-observed",
}


def for_a_person(task: Mapping[str, Any]) -> Waiting:
    """Build the error for a change that waits for a person."""
    minutes = task["screen"]["minutes"]
    message = (
        f"{task['address']} waits for a person: {task['id']}, about {minutes} {'minute' if minutes == 1 else 'minutes'}"
    )
    remedy = (
        f"Do what portal task show {task['id']} says, confirm it with portal task done {task['id']}, then apply again."
    )
    return Waiting(warning("task-open", message, remedy=remedy, address=task["address"]), task)


def held(entry: Mapping[str, Any]) -> Diagnostic:
    """Report resources held by an apply that waits for a person."""
    of = f" of {entry['configuration']}" if entry["configuration"] else ""
    which = f"{entry['task']}, {entry['receipt'] or 'no apply'}"
    return error(
        "apply-waiting",
        f"{entry['holder']}{of} waits for a person since {entry['since']} ({which}), "
        f"and holds {', '.join(entry['addresses'])}",
        remedy=f"portal task show {entry['task']} says what to do; afterwards, portal apply goes on. "
        f"portal task abandon {entry['task']} gives it up.",
    )


def _about_vendor(workspace: str, errors: Sequence[Mapping[str, Any]], variable: str) -> PortalError | None:
    """Build the error for a vendor's refusal or silence."""
    for entry in errors:
        code, data = str(entry.get("code", "")), entry.get("data") or {}
        if code == "task_held":
            return Locked(held(data))
        if code in _ABOUT_TASKS:
            return Blocked([error(_ABOUT_TASKS[code], str(entry.get("message", code)))])
        if not code.startswith("upstream_"):
            continue
        message, remedy = str(entry.get("message", code)), str(data.get("remedy", ""))
        if code in ("upstream_unauthorized", "upstream_scope"):
            remedy = f"{remedy} The token is in {variable}."
            return NotAllowed(error("vendor-token", message, remedy=remedy))
        return WorkspaceUnusable(error("vendor-failed", f"{workspace}: {message}", remedy=remedy))
    return None


def locked(lease: Mapping[str, Any]) -> Diagnostic:
    """Report a configuration that somebody else is applying."""
    return error(
        "locked",
        f"{lease['holder']} (token {lease['by']}) has locked {lease['name']} since {lease['acquired_at']}: "
        f"{lease['reason']}",
        remedy=f"Wait: the lock ends by itself at {lease['expires_at']} unless they renew it. If that run is gone, "
        f"portal unlock ends it now.",
    )


def _lost(lease: Mapping[str, Any] | None) -> Diagnostic:
    now = f"{lease['holder']} holds it now, since {lease['acquired_at']}" if lease else "it expired, or was broken"
    return error(
        "lock-lost",
        f"the lock of this apply is lost: {now}",
        remedy="Nothing more was written. Run portal plan to see what is left, then apply again.",
    )


def _unmet(entry: Mapping[str, Any]) -> Diagnostic:
    return error("required-setting-unmet", _message(entry), remedy=entry.get("data", {}).get("remedy", ""))


def _message(entry: Mapping[str, Any]) -> str:
    message = entry.get("message") or entry.get("code", "")
    return f"{entry['field']}: {message}" if entry.get("field") else str(message)

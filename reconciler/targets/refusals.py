"""What a workspace's refusal means for the person who runs the command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.diagnostics import Diagnostic, error
from reconciler.errors import Blocked, NotAllowed, NotFound, PortalError, Stale, WorkspaceUnusable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def refusal(workspace: str, status: int, body: Any) -> PortalError:
    """Return the error for a response that is not a success.

    Args:
        workspace: What to call the workspace.
        status: HTTP status.
        body: Parsed JSON body; anything else where there was none.
    """
    errors = body.get("errors", []) if isinstance(body, dict) else []
    if status in (401, 403):
        return NotAllowed(_not_allowed(workspace, status))
    if status == 412:  # noqa: PLR2004 (HTTP's own number)
        return Stale(_stale(errors))
    unmet = [_unmet(one) for one in errors if one.get("code") == "required_setting_unmet"]
    if unmet:
        return Blocked(unmet)
    said = "; ".join(_said(one) for one in errors) or f"HTTP status {status}"
    if status == 404:  # noqa: PLR2004 (HTTP's own number)
        return NotFound(error("not-found", f"{workspace} does not have what was asked for: {said}", remedy=_REMEDY_404))
    remedy = "Try again later." if status in (429, 500, 502, 503, 504) else ""
    return WorkspaceUnusable(error("workspace-refused", f"{workspace} refused: {said}", remedy=remedy))


_REMEDY_404 = "Check that the URL is a workspace's, without a path."


def _not_allowed(workspace: str, status: int) -> Diagnostic:
    if status == 401:  # noqa: PLR2004 (HTTP's own number)
        return error(
            "token-not-accepted",
            f"{workspace} does not accept the token",
            remedy="Set PORTAL_TOKEN to a token of this workspace (portal token create NAME makes one).",
        )
    return error(
        "token-not-sufficient",
        f"the token may not do this in {workspace}",
        remedy="Use a token with the write scope (portal token create NAME --scope write).",
    )


def _stale(errors: Sequence[Mapping[str, Any]]) -> Diagnostic:
    changes = [change for one in errors for change in one.get("data", {}).get("changes", ())]
    if not changes:
        return error(
            "stale-plan",
            "somebody else changed the workspace after the plan was made",
            remedy="Run portal plan again and review what it says now.",
        )
    latest = changes[0]
    who = f"{latest['by']['name']} changed {latest['resource']} at {latest['at']} (via {latest['via']})"
    return error(
        "stale-plan",
        f"{who}, after the plan was made",
        address=latest["resource"],
        remedy="Run portal plan again and review what it says now.",
    )


def _unmet(one: Mapping[str, Any]) -> Diagnostic:
    return error("required-setting-unmet", _said(one), remedy=one.get("data", {}).get("remedy", ""))


def _said(one: Mapping[str, Any]) -> str:
    message = one.get("message") or one.get("code", "")
    return f"{one['field']}: {message}" if one.get("field") else str(message)

"""Answers of Intercom's API: required fields, and the meaning of a refusal. Unknown fields and values are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from workspace.upstream.problems import GoneUpstream, NotFoundUpstream, UpstreamError, conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.core.errors import ApiError

_MISSING: Final = object()
_SCOPES = {
    "/me": "Read admins",
    "/help_center": "Read and list articles",
    "/contacts": "Read and list users and companies",
    "/companies": "Read and list users and companies",
    "/data_attributes": "Read and write data attributes",
    "/tags": "Read tags",
    "/admins/activity_logs": "Read admin activity logs",
}
"""The permission of a token that a path needs, by the vendor's name of it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer of any kind, with its request and the requested version."""

    method: str
    path: str
    version: str
    status: int
    headers: Mapping[str, str]
    body: Any


def field(answer: Mapping[str, Any], path: str, endpoint: str, kind: type | tuple[type, ...] = object) -> Any:
    """Return a field by its path, with a dot before each part; UpstreamError if missing or of another `kind`."""
    value: Any = answer
    for name in path.split("."):
        value = value.get(name, _MISSING) if isinstance(value, dict) else _MISSING
    if value is _MISSING or not isinstance(value, kind):
        message = "is missing" if value is _MISSING else f"is a {type(value).__name__}"
        raise unreadable(endpoint, f"{path} {message}")
    return value


def items(answer: Mapping[str, Any], endpoint: str, *names: str) -> list[dict[str, Any]]:
    """Return the list of an answer, under any of its possible names; UpstreamError without one."""
    for name in names:
        if isinstance(answer.get(name), list):
            return [entry for entry in answer[name] if isinstance(entry, dict)]
    raise unreadable(endpoint, f"{' or '.join(names)} is missing")


def unreadable(endpoint: str, reason: str) -> UpstreamError:
    """Return the complaint about an answer that is not of the described form."""
    remedy = "Report the endpoint and the field: the API may have changed."
    return UpstreamError("upstream_answer", f"Intercom's answer to {endpoint} cannot be used: {reason}", remedy)


def refusal(what: str, status: int, body: Any, *, region: str, link: str | None = None) -> ApiError:
    """Return the error for a refusal; `link` is the header with the person that a person was merged into."""
    message, code, path = _detail(body), _code(body), what.partition(" ")[2]
    if 300 <= status < 400:  # noqa: PLR2004 - the class of redirects
        remedy = "The token is sent nowhere else. Check the region."
        return UpstreamError("upstream_region", f"Intercom sent {what} to another address", remedy)
    match status:
        case 401:
            remedy = f"Check the token, and that the workspace is in the region {region}: tokens of others are refused."
            missing: ApiError = UpstreamError("upstream_unauthorized", f"Intercom refuses the token: {message}", remedy)
        case 403:
            missing = _forbidden(what, path, code, message)
        case 404:
            missing = _missing(path, code, message)
        case 410:
            missing = GoneUpstream(f"{path} is gone: {message}", _target(link))
        case 409 | 412:
            missing = conflict(f"Intercom refused {what}: {message}")
        case _:
            missing = Refusal(what, status, code, message)
    return missing


def _missing(path: str, code: str, message: str) -> UpstreamError:
    if code == "granted_companies_not_enabled":
        remedy = "Ask Intercom Support to enable granted companies for the workspace, and run portal plan again."
        return UpstreamError(
            "upstream_grants_off", f"the Intercom workspace has no granted companies: {message}", remedy
        )
    return NotFoundUpstream("upstream_not_found", f"Intercom does not have {path}: {message}", "", reason=code)


def _forbidden(what: str, path: str, code: str, message: str) -> UpstreamError:
    if code == "api_plan_restricted":
        remedy = "The workspace's subscription does not include this part of the API."
        return UpstreamError("upstream_plan", f"Intercom refused {what}: {message}", remedy)
    remedy = f"Give the token the permission {_scope(path)!r} in Intercom's Developer Hub."
    return UpstreamError("upstream_scope", f"the token may not do {what}: {message}", remedy)


class Refusal(UpstreamError):
    """A request refused by Intercom for its content, with the HTTP status and the vendor's code."""

    def __init__(self, what: str, status: int, reason: str, message: str) -> None:
        super().__init__("upstream_refused", f"Intercom refused {what}: {message} (HTTP status {status})", "")
        self.answered_status, self.reason = status, reason


def _errors(body: Any) -> list[Mapping[str, Any]]:
    errors = body.get("errors") if isinstance(body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _detail(body: Any) -> str:
    texts = [str(error.get("message") or error.get("code") or "") for error in _errors(body)]
    return "; ".join(text for text in texts if text)[:300] or "no reason given"


def _code(body: Any) -> str:
    return next((str(error["code"]) for error in _errors(body) if error.get("code")), "")


def _scope(path: str) -> str:
    return next((scope for start, scope in _SCOPES.items() if path.startswith(start)), "for this endpoint")


def _target(link: str | None) -> str | None:
    """Return the path that a `Link` header names, whatever its host."""
    if not link or not link.startswith("<") or ">" not in link:
        return None
    address = link[1 : link.index(">")]
    return "/" + address.partition("://")[2].partition("/")[2] if "://" in address else address

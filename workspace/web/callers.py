"""The caller of a request: the holder of its bearer token, or whoever is signed in to the console."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from flask import g, request

from workspace.core.errors import ApiError, Problem, invalid_parameter
from workspace.database import engine as db
from workspace.identity import tokens as auth
from workspace.writes.audit_log import Caller

if TYPE_CHECKING:
    from workspace.web.app_config import Settings

SIGNED_IN = "workspace.caller"
"""The key of the caller of a request by the console. No client can set it: their headers begin with HTTP_."""
REASON = "Portal-Reason"
MAX_REASON = 500


def caller_of_request(settings: Settings) -> Caller:
    """Authenticate the request's caller; ApiError 401 without a valid token, 400 for an unreadable reason."""
    caller: Caller | None = request.environ.get(SIGNED_IN) or _bearer(settings)
    if caller is None:
        message = g.pop("token_ended", "") or "Access Token Invalid"
        raise ApiError(401, Problem("unauthorized", message), {"WWW-Authenticate": "Bearer"})
    reason = request.headers.get(REASON)
    return caller if reason is None else replace(caller, reason=_reason(reason))


def _bearer(settings: Settings) -> Caller | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    via = "portal" if request.headers.get("User-Agent", "").startswith("portal/") else "api"
    if settings.embedded and auth.same_token(token, settings.embedded.token):
        return Caller(settings.embedded.actor, auth.SCOPES["write"], via, None)
    now = int(settings.clock().timestamp())
    with db.alone(settings.engine) as connection:
        holder = auth.holder_of(connection, token, now)
        if holder is None:
            g.token_ended = auth.ended(connection, token, now)
            return None
    auth.note_use(settings.engine, holder, now)
    g.token_known_until = holder.known_until(now)
    return Caller(holder.name, holder.scopes, via, request.remote_addr)


def _reason(text: str) -> str:
    # Headers hold no other letters than those of one alphabet.
    reason = unquote(text).strip()
    if not reason.isprintable() or not 0 < len(reason) <= MAX_REASON:
        what = f"a reason has 1 to {MAX_REASON} printable characters, percent-encoded where they need it"
        raise invalid_parameter(what, REASON)
    return reason

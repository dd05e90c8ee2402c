"""Whoever is signed in to the console: the cookie, and which forms count."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from flask import Response, g, request

from workspace.core.errors import ApiError, Problem
from workspace.database import engine as db
from workspace.identity import console as sessions
from workspace.identity import tokens
from workspace.web import context
from workspace.writes.audit_log import Caller

if TYPE_CHECKING:
    from workspace.identity.console import Administrator

ROOT = "/admin"
COOKIE = "portal-console"
SIGN_IN = f"{ROOT}/sign-in"
_FOREIGN = ApiError(403, Problem("forbidden", "the form did not come from a page of the console, or was too old"))


def administrator() -> Administrator:
    """Return the signed-in administrator; only behind `enter`."""
    entered: Administrator = g.administrator
    return entered


def enter(*, changes: bool) -> Response | None:
    """Admit a request, or redirect it to the sign-in page; ApiError 403 if forged, or a read-only token's change."""
    value = request.cookies.get(COOKIE, "")
    entered = sessions.administrator(context.running().engine, value, context.now()) if value else None
    if entered is None:
        # A form that comes too late leads to its page: sent again there, it says so.
        return see(f"{SIGN_IN}?to={quote(request.full_path.rstrip('?') if request.method == 'GET' else request.path)}")
    g.administrator = entered
    g.caller = Caller(entered.name, entered.scopes, "console", request.remote_addr)
    if request.method == "POST":
        require_own_origin()
        given = request.form.get("csrf", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, csrf_token().encode()):
            raise _FOREIGN
        if changes and not entered.writes:
            message = f"the token {entered.name} may read only"
            raise ApiError(403, Problem("insufficient_scope", message))
    return None


def sign_in(token: str) -> str | None:
    """Begin a session by a token, and return its cookie's value; None for an invalid token."""
    settings, now = context.running(), context.now()
    with db.alone(settings.engine) as connection:
        holder = tokens.holder_of(connection, token, now)
    if holder is None:
        return None
    tokens.note_use(settings.engine, holder, now)
    return sessions.begin(settings.engine, holder, now)


def keep(response: Response, value: str) -> Response:
    """Have the browser keep a session until it is closed."""
    response.set_cookie(COOKIE, value, path=ROOT, httponly=True, samesite="Strict", secure=by_https())
    return response


def sign_out(response: Response) -> Response:
    """End this request's session, and have the browser forget it."""
    value = request.cookies.get(COOKIE)
    if value:
        with db.writing(context.running().engine) as connection:
            sessions.end(connection, value)
    response.delete_cookie(COOKIE, path=ROOT, httponly=True, samesite="Strict", secure=by_https())
    return response


def require_own_origin() -> None:
    """Refuse a form of another site, with ApiError 403."""
    origin = request.headers.get("Origin")
    # Every browser says where a form comes from.
    if origin is None or urlsplit(origin).netloc != request.host:
        raise _FOREIGN
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise _FOREIGN


def csrf_token() -> str:
    """Return the token in every form of this session, unknown to other sites."""
    session = request.cookies.get(COOKIE, "")
    return hmac.new(session.encode("utf-8", "surrogatepass"), b"console", hashlib.sha256).hexdigest()


def by_https() -> bool:
    """Return True if the browser came by HTTPS, also by way of a trusted proxy."""
    return request.is_secure


def see(location: str) -> Response:
    """Return a redirect to a page."""
    return Response(status=303, headers={"Location": location})

"""Cookies of a visitor, and the proof that a form comes from a page of this workspace."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Response, g, request
from sqlalchemy import select

from workspace.core.errors import ApiError, Problem
from workspace.database import engine as db
from workspace.database.tables import workspaces
from workspace.identity import sessions, viewings
from workspace.web import context

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workspace.identity.sessions import Cookies

_FOREIGN_FORM = ApiError(403, Problem("forbidden", "the form did not come from a page of this workspace"))


def cookie_names(connection: Connection) -> tuple[str, str]:
    """Return the names of the session's and the device's cookie."""
    return names_for(connection.execute(select(workspaces.c.id)).scalar_one())


def names_for(workspace: str) -> tuple[str, str]:
    """Return the names of the two cookies of a workspace."""
    return f"intercom-session-{workspace}", f"intercom-device-id-{workspace}"


def cookies_of(names: tuple[str, str]) -> Cookies | None:
    """Return the browser's two cookies, or None if one is missing."""
    given = request.cookies
    session, device = (given.get(name) for name in names)
    if not session or not device:
        return None
    g.session_cookie = session
    return sessions.Cookies(session, device)


def keep_signed_in(response: Response, names: tuple[str, str], made: Cookies) -> None:
    """Have the browser keep a session's cookies."""
    for name, value, age in (
        (names[0], made.session, sessions.LIFETIME),
        (names[1], made.device, sessions.DEVICE_LIFETIME),
    ):
        response.set_cookie(name, value, max_age=age, httponly=True, samesite="Lax", secure=_by_https())


def sign_out(response: Response) -> Response:
    """End this request's session at once, and have the browser forget it; a viewing ends alone."""
    viewing = request.cookies.get(viewings.COOKIE)
    if viewing:
        with db.writing(context.running().engine) as connection:
            viewings.end(connection, viewing)
        response.delete_cookie(viewings.COOKIE, httponly=True, samesite="Strict", secure=_by_https())
        return response
    with db.reading(context.running().engine) as connection:
        session, _ = cookie_names(connection)
    given = request.cookies.get(session)
    if not given:
        # A cookie that was not sent is not deleted: a browser sends none with the form of another site.
        return response
    with db.writing(context.running().engine) as connection:
        sessions.end(connection, given)
    response.delete_cookie(session, httponly=True, samesite="Lax", secure=_by_https())
    return response


def _by_https() -> bool:
    # Behind a proxy that ends TLS, this is what the proxy says; the server hears only those that it trusts.
    return request.is_secure


def csrf_token() -> str:
    """Return the token in a form of this session, unknown to other sites."""
    session = g.get("session_cookie", "")
    return hmac.new(session.encode("utf-8", "surrogatepass"), b"form", hashlib.sha256).hexdigest()


def require_own_form(*, token: bool = True, siblings: bool = False) -> None:
    """Refuse a foreign page's form with ApiError 403; `token` demands the session's, `siblings` admits its site."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if siblings and site == "same-site":
        return
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign or site != "same-origin":
        raise _FOREIGN_FORM
    given = request.form.get("csrf", "").encode("utf-8", "surrogatepass")
    if token and not hmac.compare_digest(given, csrf_token().encode()):
        raise _FOREIGN_FORM

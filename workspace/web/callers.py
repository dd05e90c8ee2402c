"""Who makes a request: the holder of its bearer token. The same tokens open the admin API and the public one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from workspace.core.errors import ApiError, Problem
from workspace.database import engine as db
from workspace.identity import tokens as auth
from workspace.writes.audit_log import Caller

if TYPE_CHECKING:
    from workspace.web.app_config import Settings


def caller_of_request(settings: Settings) -> Caller:
    """Return who makes the present request.

    Raises:
        ApiError: 401 where it carries no valid token.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        via = "portal" if request.headers.get("User-Agent", "").startswith("portal/") else "api"
        if settings.embedded and auth.same_token(token, settings.embedded.token):
            return Caller(settings.embedded.actor, auth.SCOPES["write"], via, None)
        with db.alone(settings.engine) as connection:
            holder = auth.holder_of(connection, token)
        if holder is not None:
            return Caller(holder.name, holder.scopes, via, request.remote_addr)
    raise ApiError(401, Problem("unauthorized", "Access Token Invalid"), {"WWW-Authenticate": "Bearer"})

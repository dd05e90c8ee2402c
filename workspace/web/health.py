"""Health of a server process, for whoever watches it: alive, and ready to answer. It takes no token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from workspace.core.errors import ApiError, DatabaseUnavailable, Problem
from workspace.database import engine as db
from workspace.web import context, http

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """Answer that the process is alive; the database is not asked."""
    return http.answer({"status": "ok"})


@blueprint.get("/readyz")
def ready() -> Response:
    """Answer the readiness for requests: the database answers, has this version's tables, and holds a workspace."""
    try:
        with context.reading() as connection:
            good = db.version(connection) == db.HEAD and not db.is_empty(connection)
    except (DBAPIError, DatabaseUnavailable, PoolTimeout):
        good = False
    if not good:
        raise ApiError(503, Problem("server_error", "the workspace is not ready"), {"Retry-After": "5"})
    return http.answer({"status": "ready"})

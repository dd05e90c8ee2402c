"""Checks of every request of the public API: token, rate, version, scope, size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, g, request

from workspace.core.errors import ApiError, Problem, not_found
from workspace.web.callers import caller_of_request
from workspace.web.context import now, running
from workspace.web.http import MAX_BODY, needs_write, too_large
from workspace.web.public.http import versions
from workspace.web.rate_limit import WINDOW, RateLimiter, Standing, per_window

if TYPE_CHECKING:
    from flask import Response

    from workspace.web.app_config import Settings

ROOTS = frozenset(
    {
        "me",
        "admins",
        "contacts",
        "companies",
        "data_attributes",
        "tags",
        "segments",
        "teams",
        "help_center",
        "ticket_types",
        "ticket_states",
        "tickets",
    }
)
"""The first parts of the paths that are the public API's."""

LIMITER = "rest_rate_limiter"
"""The key of an application's counter of requests."""


def limiter(settings: Settings) -> RateLimiter:
    """Return the counter of an application's requests."""
    return RateLimiter(per_window(settings.requests_per_minute))


def begin() -> None:
    """Check a request of the public API, and ignore any other; ApiError 400, 401, 403, 404, 413 or 429."""
    if request.path[1:].partition("/")[0] not in ROOTS:
        return
    if running().upstream is not None:
        raise not_found("the people of this workspace are a vendor's: ask the vendor's own API")
    g.caller = caller_of_request(running())
    counting: RateLimiter = current_app.extensions[LIMITER]
    g.rate = counting.count(g.caller.name, now())
    if g.rate.exceeded:
        message = f"Exceeded rate limit of {counting.limit} in {WINDOW}_seconds"
        raise ApiError(429, Problem("rate_limit_exceeded", message))
    versions.begin()
    if request.routing_exception is not None:
        raise request.routing_exception
    if "\0" in request.path:
        raise not_found()
    if needs_write() and "write" not in g.caller.scopes:
        raise ApiError(403, Problem("action_forbidden", f"the token {g.caller.name!r} may read only"))
    if (request.content_length or 0) > MAX_BODY:
        raise too_large()


def finish(response: Response) -> Response:
    """Add the headers of every answer of the public API."""
    rate: Standing | None = g.get("rate")
    if rate is not None:
        response.headers.extend(rate.headers())
        response.headers["Intercom-Version"] = versions.current()
    return response

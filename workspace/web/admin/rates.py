"""The limit on a token's writes of the admin API: counted before each write, and reported with its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, g

from workspace.core.errors import ApiError, Problem
from workspace.web import context
from workspace.web.rate_limit import WINDOW, RateLimiter, Standing, per_window

if TYPE_CHECKING:
    from flask import Response

    from workspace.web.app_config import Settings

LIMITER = "admin_rate_limiter"
"""The key of an application's counter of writes."""


def limiter(settings: Settings) -> RateLimiter | None:
    """Return the counter of an application's writes; None without a limit."""
    return None if settings.writes_per_minute is None else RateLimiter(per_window(settings.writes_per_minute))


def count() -> None:
    """Count this request as a write; ApiError 429 above the limit, before anything is written."""
    counting: RateLimiter | None = current_app.extensions[LIMITER]
    if counting is None:
        return
    now = context.now()
    standing = g.writes = counting.count(context.caller().name, now)
    if standing.exceeded:
        message = f"{counting.limit} writes in {WINDOW} seconds are enough; nothing was changed, try again then"
        headers = {"Retry-After": str(standing.reset - now)}
        raise ApiError(429, Problem("rate_limit_exceeded", message), headers)


def tell(response: Response) -> None:
    """Add the caller's count to the answer to a write."""
    standing: Standing | None = g.get("writes")
    if standing is not None:
        response.headers.extend(standing.headers())

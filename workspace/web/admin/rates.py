"""How many writes of the admin API a token may make: counted before one begins, and told with its answer."""

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
"""Where an application keeps what counts its writes."""


def limiter(settings: Settings) -> RateLimiter | None:
    """Return what counts the writes of an application; None where nobody has to be kept from anything."""
    return None if settings.writes_per_minute is None else RateLimiter(per_window(settings.writes_per_minute))


def count() -> None:
    """Count the write that this request is.

    Raises:
        ApiError: 429 where it is one too many; nothing of it was done.
    """
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
    """Add to the answer to a write where its caller stands."""
    standing: Standing | None = g.get("writes")
    if standing is not None:
        response.headers.extend(standing.headers())

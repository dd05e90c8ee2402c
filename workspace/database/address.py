"""The URL of a database as a message may show it: without its passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL
    from sqlalchemy.exc import DBAPIError

_HARMLESS = ("host", "port", "user", "dbname", "sslmode", "connect_timeout", "application_name", "mode", "uri")
"""Parts of a query that give no secret away."""


def shown(url: URL) -> str:
    """Return a URL without passwords, also those in its query; of an SQLite file its path."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    hidden = {name: "***" for name in url.query if name not in _HARMLESS}
    return url.update_query_dict(hidden).render_as_string(hide_password=True).replace("%2A", "*")


def reason(url: URL, problem: DBAPIError) -> str:
    """Return the first line of a driver's error, without the passwords of the URL."""
    lines = str(problem.orig).strip().splitlines() or [type(problem.orig).__name__]
    for secret in _secrets(url):
        lines[0] = lines[0].replace(secret, "***")
    return lines[0]


def _secrets(url: URL) -> Iterator[str]:
    if url.password:
        yield str(url.password)
    for name, value in url.query.items():
        if name not in _HARMLESS:
            yield from (value,) if isinstance(value, str) else value

"""The URL of a database as a message may show it: without its passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

_HARMLESS = frozenset("host port user dbname sslmode connect_timeout application_name mode uri".split())
"""Parts of a query that give no secret away."""


def shown(url: URL) -> str:
    """Return a URL without passwords, also those in its query."""
    hidden = {name: "***" for name in url.query if name not in _HARMLESS}
    return url.update_query_dict(hidden).render_as_string(hide_password=True).replace("%2A", "*")


def masked(url: URL, text: str) -> str:
    """Return a driver's text without the passwords of a URL."""
    for secret in _secrets(url):
        text = text.replace(secret, "***")
    return text


def _secrets(url: URL) -> Iterator[str]:
    if url.password:
        yield str(url.password)
    for name, value in url.query.items():
        if name not in _HARMLESS:
            yield from (value,) if isinstance(value, str) else value

"""Moments: seconds since 1970 in the database, ISO 8601 in UTC on the wire."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the current moment in UTC."""
    return datetime.now(UTC)


def iso(seconds: int) -> str:
    """Return a moment as `2026-01-31T09:30:00Z`."""
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat(timespec='seconds')[:19]}Z"


def seconds(text: str) -> int:
    """Parse a moment as `iso` writes it, into seconds since 1970; ValueError for another form."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())

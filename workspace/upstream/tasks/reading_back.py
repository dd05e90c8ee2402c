"""Comparison of a read-back with the expected value."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workspace.core.errors import invalid_value
from workspace.upstream.tasks import counting

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workspace.upstream.tasks.rows import Task


def complaint(connection: Connection, task: Task, message: str | None, moment: int) -> str | None:
    """Return a read-back's mismatch, None without one; ApiError 422 for an unreadable one, or none where one is due."""
    read_back = task.screen["read_back"]
    if read_back["kind"] == "none":
        return None
    text = (message or "").strip()
    if not text:
        raise invalid_value(f"{task.name} needs a read-back: {read_back['question']}", "read_back")
    match read_back["kind"]:
        case "count":
            return _count(connection, task, text, moment)
        case "url":
            return _url(text, read_back["expects"])
    fits = any(_plain(text) == _plain(expect) for expect in read_back["expects"])
    return None if fits else f"{text!r} was read back, and {' or '.join(read_back['expects'])} was expected"


def _count(connection: Connection, task: Task, text: str, moment: int) -> str | None:
    number = text.replace(",", "").replace(" ", "")
    if not (number.isascii() and number.isdecimal()):
        raise invalid_value("a count is a whole number", "read_back")
    count = counting.count(connection, {"mode": task.after["mode"], "rule": task.after["rule"]}, moment)
    if count is None or abs(int(number) - count["people"]) <= count["tolerance"]:
        return None
    return (
        f"the preview shows {int(number)} people, and here the rule means {count['people']} "
        f"(up to {count['tolerance']} more or less would fit)"
    )


def _url(text: str, beginnings: list[str]) -> str | None:
    parts = urlsplit(text if "://" in text else f"https://{text}")
    address = f"{(parts.hostname or '').lower()}{parts.path}/"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid_value("an address begins with https:// and a host", "read_back")
    if any(address.startswith(beginning.lower()) for beginning in beginnings):
        return None
    return f"the portal is at {text}, and its address should begin with https://{' or https://'.join(beginnings)}"


def _plain(text: str) -> list[str]:
    """Normalise a text for comparison: case, blanks and separators do not count."""
    return [" ".join(name.split()).casefold() for name in text.split(",") if name.strip()]

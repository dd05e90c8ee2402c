"""What a person reads off a screen, held against what it has to show."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workspace.core.errors import invalid_value
from workspace.upstream.tasks import counting

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workspace.upstream.tasks.rows import Task


def complaint(connection: Connection, task: Task, said: str | None, moment: int) -> str | None:
    """Return what does not fit in what was read back; None where it fits, or where nothing can be compared.

    Raises:
        ApiError: 422 where there is no read-back and the screen shows one, or where it is none.
    """
    asked = task.screen["read_back"]
    if asked["kind"] == "none":
        return None
    text = (said or "").strip()
    if not text:
        raise invalid_value(f"{task.name} needs a read-back: {asked['question']}", "read_back")
    match asked["kind"]:
        case "count":
            return _count(connection, task, text, moment)
        case "url":
            return _url(text, asked["expects"])
    fits = any(_plain(text) == _plain(one) for one in asked["expects"])
    return None if fits else f"{text!r} was read back, and {' or '.join(asked['expects'])} was expected"


def _count(connection: Connection, task: Task, text: str, moment: int) -> str | None:
    number = text.replace(",", "").replace(" ", "")
    if not (number.isascii() and number.isdecimal()):
        raise invalid_value("a count is a whole number", "read_back")
    found = counting.count(connection, {"mode": task.after["mode"], "rule": task.after["rule"]}, moment)
    if found is None or abs(int(number) - found["people"]) <= found["tolerance"]:
        return None
    return (
        f"the preview shows {int(number)} people, and here the rule means {found['people']} "
        f"(up to {found['tolerance']} more or less would fit)"
    )


def _url(text: str, beginnings: list[str]) -> str | None:
    parts = urlsplit(text if "://" in text else f"https://{text}")
    address = f"{(parts.hostname or '').lower()}{parts.path}/"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid_value("an address begins with https:// and a host", "read_back")
    if any(address.startswith(one.lower()) for one in beginnings):
        return None
    return f"the portal is at {text}, and its address should begin with https://{' or https://'.join(beginnings)}"


def _plain(text: str) -> list[str]:
    """Return a text as it is compared: without regard to case, blanks, and how its parts are set apart."""
    return [" ".join(one.split()).casefold() for one in text.split(",") if one.strip()]

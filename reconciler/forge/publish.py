"""Publish one comment for each plan of a file and environment, and one issue for each drifted environment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.forge.protocol import Forge, Post


@dataclass(frozen=True, slots=True)
class Published:
    """The result of publishing: created, updated, unchanged, closed, or nothing; which one, and its page."""

    outcome: str
    what: str
    number: int | None
    url: str = ""


def comment(forge: Forge, number: int, body: str, made: str) -> Published:
    """Create or update the one comment with the same mark, its first line; one `made` later (ISO 8601, UTC) stays."""
    body = _dated(body, made)
    earlier = _marked(forge.comments(number), body)
    if earlier is None:
        return Published("created", "comment", number, forge.comment(number, body).url)
    if _made(earlier.body) > made:
        return Published("nothing", "comment", number, earlier.url)
    if _same(earlier.body, body):
        return Published("unchanged", "comment", number, earlier.url)
    return Published("updated", "comment", number, forge.edit_comment(number, earlier.id, body).url)


def issue(forge: Forge, title: str, body: str, made: str, *, desired: bool | None) -> Published:
    """Create, update or close the one open issue with the same mark, its first line; a newer observation's stays.

    `made` is the time of the observation, ISO 8601 in UTC. `desired` is None where nobody knows whether an issue is
    needed: what is there stays.
    """
    dated = _dated(body, made)
    earlier = _marked(forge.issues(), body)
    if desired is None or (earlier is None and not desired):
        return Published("nothing", "issue", earlier.id if earlier else None, earlier.url if earlier else "")
    if earlier is None:
        opened = forge.open_issue(title, dated)
        return Published("created", "issue", opened.id, opened.url)
    before = _made(earlier.body)
    if before > made:
        return Published("nothing", "issue", earlier.id, earlier.url)
    if desired and _same(earlier.body, dated):
        return Published("unchanged", "issue", earlier.id, earlier.url)
    # Where it says the same as before, too, so that it is known to have been so until then.
    changed = forge.edit_issue(earlier.id, title, dated, closed=not desired)
    same = desired and _same(earlier.body, _dated(body, before))
    return Published("unchanged" if same else ("updated" if desired else "closed"), "issue", earlier.id, changed.url)


def _marked(posts: Sequence[Post], body: str) -> Post | None:
    """Find the oldest entry with the same first line."""
    mark = _lines(body)[0]
    return next((post for post in posts if _lines(post.body)[:1] == [mark]), None)


def _dated(body: str, made: str) -> str:
    """Add the time to the second line of a body."""
    mark, rest = body.split("\n", 1)
    return f"{mark}\n<!-- made {made} -->\n{rest}"


def _made(body: str) -> str:
    """Read the time of a comment or an issue; empty where it has none."""
    match = re.fullmatch(r"<!-- made (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) -->", "".join(_lines(body)[1:2]), re.ASCII)
    return match[1] if match else ""


def _same(text: str, other: str) -> bool:
    return _lines(text) == _lines(other)


def _lines(body: str) -> list[str]:
    # Forges keep other line ends, and drop blanks at the end.
    return [line.rstrip() for line in body.rstrip().splitlines()]

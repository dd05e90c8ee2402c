"""One comment for each plan of a file and environment, and one issue for each environment that drifted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.forge.protocol import Forge, Post


@dataclass(frozen=True, slots=True)
class Published:
    """What became of something that was to be published.

    Attributes:
        outcome: created, updated, unchanged, closed, or nothing.
        what: comment or issue.
        number: The pull request, or the issue; `None` where there is none.
        url: Where people read it; empty where that is not known.
    """

    outcome: str
    what: str
    number: int | None
    url: str = ""


def comment(forge: Forge, number: int, body: str, made: str) -> Published:
    """Have one comment on a pull request that begins with the first line of `body`, and says all of it.

    The comment of a plan that was made later stays: builds of a pull request end in any order.

    Args:
        body: The comment; its first line is the mark by which it is found again.
        made: When its plan was made, ISO 8601 in UTC.
    """
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
    """Have one open issue that begins with the first line of `body`, or none.

    The issue of a look that was taken later stays: builds end in any order.

    Args:
        body: What it says; its first line is the mark by which it is found again.
        made: When the workspace was looked at, ISO 8601 in UTC.
        desired: Whether there should be one; `None` where nobody can tell, and what is there stays.
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
    """Return the oldest entry that begins with the same line."""
    mark = _lines(body)[0]
    return next((post for post in posts if _lines(post.body)[:1] == [mark]), None)


def _dated(body: str, made: str) -> str:
    """Return a body that says in its second line when it was so."""
    mark, rest = body.split("\n", 1)
    return f"{mark}\n<!-- made {made} -->\n{rest}"


def _made(body: str) -> str:
    """Return when what a comment or an issue says was so; empty where it does not say that."""
    match = re.fullmatch(r"<!-- made (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) -->", "".join(_lines(body)[1:2]), re.ASCII)
    return match[1] if match else ""


def _same(text: str, other: str) -> bool:
    return _lines(text) == _lines(other)


def _lines(body: str) -> list[str]:
    # Forges keep other line ends, and drop blanks at the end.
    return [line.rstrip() for line in body.rstrip().splitlines()]

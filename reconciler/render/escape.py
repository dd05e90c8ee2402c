"""Escape values for Markdown and HTML on GitHub, where neither mentions, issue numbers nor links are looked for.

Prose values stand in `<code>` with every character of meaning as a character reference; lines of details in a fence
that is longer than any run of backticks in them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.render.plain import line, short

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEANS = re.compile(
    r"[&<>`*\[\]{}#~|\\!@$^]|:(?=//)|(?<=www)\.|(?<![a-z0-9])_|_(?![a-z0-9])",
    re.IGNORECASE | re.ASCII,
)
# A character reference hides these from Markdown, but not from what looks for mentions and links afterwards.
_LINKS = re.compile(r"[@#`/\\_.]\w|(?<!\w)-\w|://|\w[@#]|[A-Z]+-\d|[0-9a-f]{7}")
_TICKS = re.compile(r"`+")
_MOST_VALUE = 160
_MOST_PROSE = 600
_MOST_LINE = 400
_MOST_LINES = 60


def escaped(text: str, most: int = _MOST_VALUE) -> str:
    """Escape text for HTML and Markdown, on one line of bounded length."""
    return _MEANS.sub(lambda match: f"&#{ord(match[0])};", short(line(text), most))


def code(text: str, most: int = _MOST_VALUE) -> str:
    """Format a value as code, of at most `most` characters."""
    return f"<code>{escaped(text, most)}</code>"


def prose(text: str, most: int = _MOST_PROSE) -> str:
    """Format a sentence, with only those words as code in which GitHub would look for names and links."""
    words = short(line(text), most).split(" ")
    return " ".join(_word(word, most) for word in words)


def _word(word: str, most: int) -> str:
    if not _LINKS.search(word):
        return escaped(word, most)
    bare = word.strip("(),;:.`")
    before, _, after = word.partition(bare)
    marks = (escaped(text.replace("`", ""), most) for text in (before, after))
    return next(marks) + code(bare.replace("`", ""), most) + next(marks) if bare else escaped(word, most)


def fence(lines: Sequence[str], language: str) -> str:
    """Format lines as a fenced block, the middle left out where there are too many."""
    if len(lines) > _MOST_LINES:
        half = _MOST_LINES // 2
        lines = [*lines[:half], f"  … {len(lines) - 2 * half} lines left out …", *lines[-half:]]
    body = [short(line(text), _MOST_LINE) for text in lines]
    runs = [len(run) for text in body for run in _TICKS.findall(text)]
    marks = "`" * max(3, max(runs, default=0) + 1)
    return "\n".join((f"{marks}{language}", *body, marks))


def folded(title: str, block: str) -> str:
    """Fold a whole Markdown block under a title, which is HTML with its values escaped."""
    return f"\n<details><summary>{title}</summary>\n\n{block}\n\n</details>"


def length(items: Sequence[str]) -> int:
    """Count the characters of items with a newline after each."""
    return sum(len(item) + 1 for item in items)


def fitted(items: Sequence[str], room: int, note: str) -> list[str]:
    """Leave out the middle of items to fit into `room` characters, newlines included, with `note` of their number."""
    if length(items) <= room:
        return list(items)
    left = room - len(note) - 20
    head, tail = 0, 0
    while head + tail < len(items):
        text = items[head] if head <= tail else items[-1 - tail]
        left -= len(text) + 1
        if left < 0:
            break
        head, tail = (head + 1, tail) if head <= tail else (head, tail + 1)
    return [*items[:head], note.format(len(items) - head - tail), *items[len(items) - tail :]]

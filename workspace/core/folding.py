"""Stored forms of text for rules: one without regard to case, one for whole words.

No database tells letters from other characters as Python does. So marks stand at both ends of the text and around every
character that is no letter, digit or underscore: a needle is a whole word exactly when its marked form is a part of the
text's marked form, which `LIKE` can find.
"""

from __future__ import annotations

import re
import sys

_MARK = "\N{LATIN SMALL LETTER SHARP S}"
"""Folding turns it into two letters, so folded text never contains it, and no database folds it into something else."""

_OUTSIDE_WORDS = re.compile(r"(\W)")
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


def folded(text: str) -> str:
    """Return `text` as rules compare it without regard to case."""
    return text.casefold()


def words(text: str) -> str:
    """Return `text` folded, with its word boundaries marked; a needle is searched in the same form."""
    return marked(folded(text))


def marked(fold: str) -> str:
    """Return folded text with its word boundaries marked."""
    return f"{_MARK}{_MARK.join(_OUTSIDE_WORDS.split(fold))}{_MARK}"


def storable(text: str) -> bool:
    """Return True if every database can keep `text`: no NUL, no half of a surrogate pair."""
    return "\0" not in text if text.isascii() else _NOT_STORABLE.search(text) is None


def after_all(start: str) -> str | None:
    """Return the first text, in the order of characters, after all that begin with `start`; None if there is none."""
    for end in range(len(start), 0, -1):
        last = ord(start[end - 1])
        if last < sys.maxunicode:
            # Between these two lie halves of surrogate pairs, which are in no text.
            return start[: end - 1] + chr(0xE000 if last == 0xD7FF else last + 1)  # noqa: PLR2004 - said above
    return None

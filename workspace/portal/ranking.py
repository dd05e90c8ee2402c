"""Search in plain Python, in texts that the person may see: every word, folded; the rank of its field; a snippet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workspace.core.folding import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_QUERY = 200
MAX_WORDS = 12
_AROUND = 60
_SNIPPET = 180


@dataclass(frozen=True, slots=True)
class Match:
    """The match of a query: the last field, from 0, that was needed for all words, and one line of it with a word."""

    rank: int
    snippet: str


def words_of(query: str) -> tuple[str, ...]:
    """Return the words that a query asks for, folded; a query that is too long is cut."""
    return tuple(dict.fromkeys(folded(query[:MAX_QUERY]).split()))[:MAX_WORDS]


def match(words: Sequence[str], fields: Sequence[Sequence[str]]) -> Match | None:
    """Match words from `words_of`, also inside of others, with fields, most telling first; None if one is missing."""
    missing = list(words)
    snippet = ""
    for rank, texts in enumerate(fields):
        for text in texts:
            inside = folded(text)
            results = [word for word in missing if word in inside]
            if results:
                missing = [word for word in missing if word not in results]
                snippet = _snippet(text, results[0])
            if not missing:
                return Match(rank, snippet or _snippet(text, ""))
    return None


def _snippet(text: str, word: str) -> str:
    line = re.sub(r"\s+", " ", text).strip()
    # Folding may change lengths, so the place is near enough rather than exact.
    at = max(folded(line).find(word), 0)
    start = max(at - _AROUND, 0)
    if start:
        start = line.find(" ", start, at) + 1 or start
    part = line[start : start + _SNIPPET]
    return f"{'… ' if start else ''}{part.strip()}{' …' if start + _SNIPPET < len(line) else ''}"

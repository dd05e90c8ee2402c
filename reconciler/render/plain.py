"""Values of unknown origin as one short line of plain text, for outputs that a machine takes apart again."""

from __future__ import annotations

import unicodedata

_UNSEEN = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
_BREAKS = str.maketrans({"\n": "⏎", "\r": "⏎", "\t": " "})


def line(text: str) -> str:
    """Return text as one line, without characters that end it, hide, turn the direction or cannot be written."""
    if text.isprintable():
        return text
    return "".join(map(_seen, text.translate(_BREAKS)))


def short(text: str, most: int) -> str:
    """Return text with its middle left out where it is longer than `most` characters."""
    if len(text) <= most:
        return text
    head = most * 2 // 3
    return f"{text[:head]}…{text[len(text) - (most - head - 1) :]}"


def _seen(character: str) -> str:
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in _UNSEEN else character

"""Values of unknown origin as one short line of plain text; control and direction characters are spelled out.

Each output passes every name, address and rule through `line`, or a whole document through `harmless`; nothing else may
print them: they come from people whom nobody checks.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

_UNSEEN = ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
# Letters and marks of Unicode that are drawn as nothing, beside those of the categories above.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_BREAKS = str.maketrans({"\n": "⏎", "\r": "⏎", "\t": " "})
_OTHER = re.compile("[^\x00-\x7e]")
# What most texts are made of takes a column each: Latin letters, and the marks that outputs put beside them.
_NARROW = re.compile("[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2026\u2190-\u2193−✓✗]*")
_COLOUR = re.compile("\x1b\\[[0-9;]*m")


def line(text: str) -> str:
    r"""Return text as one line; each character that hides, turns the direction or cannot be written as `\u{202e}`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_seen, text.translate(_BREAKS)))


def harmless(value: Any) -> Any:
    """Pass each text in a document, or in a part of one, through `line`."""
    match value:
        case str():
            return line(value)
        case dict():
            return {harmless(key): harmless(inner) for key, inner in value.items()}
        case list() | tuple():
            return [harmless(item) for item in value]
    return value


def coloured(text: str) -> str:
    """Keep the colours of our own lines, and no other control sequence."""
    kept = _COLOUR.findall(text)
    parts = ["\n".join(map(line, part.split("\n"))) for part in _COLOUR.split(text)]
    return parts[0] + "".join(colour + part for colour, part in zip(kept, parts[1:], strict=True))


def spelled(document: str) -> str:
    """Spell each character that `line` would not show in JSON's own escapes; the meaning stays."""
    # DEL alone is hidden of those that JSON leaves as they are in ASCII.
    plain = document.isascii() and "\x7f" not in document
    return document if plain else _OTHER.sub(_in_json, document)


def columns(text: str) -> int:
    """Count the terminal columns of a line: wide characters take two, combining ones none."""
    if _NARROW.fullmatch(text):
        return len(text)
    from wcwidth import width

    return width(text)


def clipped(text: str, start: int, end: int) -> str:
    """Return the part of a line between two columns; a wide character that only half fits is left out."""
    if _NARROW.fullmatch(text):
        return text[start:end]
    from wcwidth import clip

    return clip(text, start, end)


def padded(text: str, width: int) -> str:
    """Pad a line with blanks to at least `width` columns."""
    return text + " " * (width - columns(text))


def short(text: str, most: int) -> str:
    """Leave out the middle of text longer than `most` characters."""
    if len(text) <= most:
        return text
    head = most * 2 // 3
    return f"{text[:head]}…{text[len(text) - (most - head - 1) :]}"


def _seen(character: str) -> str:
    return f"\\u{{{ord(character):x}}}" if _unseen(character) else character


def _unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN or _BLANK.match(character) is not None


def _in_json(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1] if _unseen(match[0]) else match[0]

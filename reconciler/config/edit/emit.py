"""Plain values → YAML in the style of a file: its quotes, indentation and line ends."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.config.yaml.scalars import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.config.edit.parts import Lines, Part

_WIDTH = 100
"""The most columns of a line with a collection in brackets or braces."""

_DEPTH = 2
"""The most levels of collections on one line."""

_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`=~<\\]([^\n\r]*[^\s:])?")
_PLAIN_IN_FLOW = re.compile(r"[^,\[\]{}]*")
# All but control characters, what nobody sees, and what turns the direction of writing.
_PRINTABLE = "\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
_UNPRINTABLE = re.compile(f"[^{_PRINTABLE}]")
_UNPRINTABLE_IN_BLOCK = re.compile(f"[^\n{_PRINTABLE}]")


@dataclass(frozen=True, slots=True)
class Style:
    """The style of a file: `step` and `list_step` are the indentation of a mapping and of a list, in blanks."""

    eol: str = "\n"
    step: int = 2
    list_step: int = 2
    quote: str = '"'
    quotes_all: bool = False
    padding: str = ""


def style_of(root: Part, lines: Lines) -> Style:
    """Return the style of a file, as far as it shows."""
    parts = list(root.walk())
    steps: Counter[int] = Counter()
    list_steps: Counter[int] = Counter()
    for part in parts:
        for chunk in part.chunks if part.kind == "mapping" and part.block else ():
            if chunk.value.block:
                counter = steps if chunk.value.kind == "mapping" else list_steps
                counter[chunk.value.column - part.column] += 1
    styles = Counter(part.style for part in parts if part.kind == "scalar" and isinstance(part.value, str))
    names = [chunk for part in parts for chunk in part.chunks if chunk.key is not None]
    plain_names = any(lines.text[name.key_start] not in "'\"" for name in names)
    braces = [lines.text[part.start + 1] for part in parts if part.flow and part.kind == "mapping" and part.chunks]
    step = _usual(steps, 2)
    return Style(
        eol=lines.eol,
        step=step,
        list_step=_usual(list_steps, step),
        quote="'" if styles["'"] > styles['"'] else '"',
        quotes_all=bool(styles) and not styles[""] and not plain_names,
        padding=" " if braces.count(" ") * 2 > len(braces) else "",
    )


def _usual(counter: Counter[int], otherwise: int) -> int:
    ranked = counter.most_common(1)
    return ranked[0][0] if ranked else otherwise


# --- scalars ------------------------------------------------------------------------------------


def scalar(value: Any, look: Style, *, style: str = "", flow: bool = False) -> str:
    """Write a text, number or truth value as one line of YAML, with its quotes in `style` where they can hold it."""
    if not isinstance(value, str):
        return json.dumps(value)
    if style not in ("'", '"') and not look.quotes_all and _is_plain(value, flow=flow):
        return value
    if (style or look.quote) == "'" and not _UNPRINTABLE.search(value):
        return "'" + value.replace("'", "''") + "'"
    return _UNPRINTABLE.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


def _is_plain(text: str, *, flow: bool) -> bool:
    """Tell whether a text needs no quotes."""
    if not _PLAIN.fullmatch(text) or ": " in text or " #" in text or _UNPRINTABLE.search(text):
        return False
    return (not flow or bool(_PLAIN_IN_FLOW.fullmatch(text))) and isinstance(resolve(text), str)


def fits_block(text: str) -> bool:
    """Tell whether a text may be written as a block after `|`."""
    if not text.strip() or _UNPRINTABLE_IN_BLOCK.search(text):
        return False
    return "\n" in text.rstrip("\n") and not text.startswith((" ", "\n"))


def block_text(text: str, indent: int) -> tuple[str, list[str]]:
    """Return the header and the lines of a text that `fits_block`."""
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    header = "|" + ("-" if not ends else "" if ends == 1 else "+")
    lines = [" " * indent + line if line else "" for line in body.split("\n")]
    return header, [*lines, *[""] * (ends - 1)]


# --- collections --------------------------------------------------------------------------------


def inline(value: Any, look: Style, *, flow: bool = False) -> str:
    """Write any value as one line."""
    if isinstance(value, dict):
        entries = ", ".join(f"{key_text(key, look)}: {inline(item, look, flow=True)}" for key, item in value.items())
        return f"{{{look.padding}{entries}{look.padding}}}" if entries else "{}"
    if isinstance(value, list):
        return f"[{', '.join(inline(item, look, flow=True) for item in value)}]"
    return scalar(value, look, flow=flow)


def key_text(key: str, look: Style) -> str:
    """Write a key."""
    return scalar(key, look, flow=True)


def fits_line(value: Any, room: int, look: Style) -> bool:
    """Tell whether a value reads well on one line of which `room` is taken."""
    if not isinstance(value, dict | list):
        return not (isinstance(value, str) and fits_block(value))
    if not value:
        return True
    return _depth(value) <= _DEPTH and not _has_lines(value) and room + len(inline(value, look)) <= _WIDTH


def _depth(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    return 1 + max((_depth(item) for item in (value.values() if isinstance(value, dict) else value)), default=0)


def _has_lines(value: Any) -> bool:
    """Tell whether a value holds a text of several lines, or a nested mapping, which wants a line."""
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return any(isinstance(item, dict) or _has_lines(item) for item in inside)
    return isinstance(value, str) and fits_block(value)


def block(value: Any, indent: int, look: Style, *, spread: bool = False) -> list[str]:
    """Write a collection that is not empty as lines; with `spread` each key of a mapping gets a line of its own."""
    if isinstance(value, dict):
        return [line for key, part in value.items() for line in entry(key, part, indent, look, spread=spread)]
    return [line for part in value for line in item(part, indent, look, spread=spread)]


def entry(key: str, value: Any, indent: int, look: Style, *, spread: bool = False) -> Iterator[str]:
    """Yield the lines of a block mapping's entry; arguments as for `block`."""
    name = " " * indent + key_text(key, look) + ":"
    if isinstance(value, str) and fits_block(value):
        header, lines = block_text(value, indent + look.step)
        yield f"{name} {header}"
        yield from lines
    elif fits_line(value, len(name), look) and not (spread and isinstance(value, dict) and value):
        yield f"{name} {inline(value, look)}"
    else:
        yield name
        step = look.list_step if isinstance(value, list) else look.step
        yield from block(value, indent + step, look, spread=spread)


def item(value: Any, indent: int, look: Style, *, spread: bool = False) -> Iterator[str]:
    """Yield the lines of a block list's item; arguments as for `block`."""
    pad = " " * indent
    spreads = spread and isinstance(value, dict) and bool(value)
    if not isinstance(value, dict | list) or (fits_line(value, indent + 2, look) and not spreads):
        yield f"{pad}- {inline(value, look)}"
        return
    lines = block(value, indent + 2, look, spread=spread)
    yield f"{pad}- {lines[0].lstrip()}"
    yield from lines[1:]

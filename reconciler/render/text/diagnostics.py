"""Diagnostics in a compiler's form: what, where, the line with a mark under it, the remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from click import style

from reconciler.render.plain import clipped, columns, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.core.diagnostics import Diagnostic, Source

_COLOUR = {"error": "red", "warning": "yellow", "info": "cyan"}
_TAB = 4
_MOST_COLUMNS = 120
_TOKEN = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s,:\[\]{}]+)""")


def text(diagnostics: Iterable[Diagnostic], width: int | None = None) -> str:
    """Render diagnostics with colours and an empty line between them, each within a width."""
    most = min(width or _MOST_COLUMNS, _MOST_COLUMNS)
    return "\n".join("".join(f"{row}\n" for row in _lines(diagnostic, most)) for diagnostic in diagnostics)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Count the diagnostics of each severity, as a sentence."""
    severities = [diagnostic.severity.value for diagnostic in diagnostics]
    counts = {name: severities.count(name) for name in _COLOUR}
    words = [f"{count} {name}{'s' if count > 1 and name != 'info' else ''}" for name, count in counts.items() if count]
    return f"{', '.join(words)}."


def _lines(diagnostic: Diagnostic, most: int) -> Iterator[str]:
    severity = style(f"{diagnostic.severity}[{diagnostic.code}]", fg=_COLOUR[diagnostic.severity], bold=True)
    yield f"{severity}: {style(_visible(diagnostic.summary), bold=True)}"
    gutter = " " * len(str(diagnostic.source.line)) if diagnostic.source else ""
    if diagnostic.source:
        yield f"{gutter}{_dim('-->')} {_visible(str(diagnostic.source))}"
        if diagnostic.source.text:
            yield from _excerpt(diagnostic.source, gutter, _COLOUR[diagnostic.severity], most - len(gutter) - 3)
    if diagnostic.remedy:
        yield f"{gutter} {_dim('=')} {style('help', bold=True)}: {_visible(diagnostic.remedy)}"


def _excerpt(source: Source, gutter: str, colour: str, most: int) -> Iterator[str]:
    start = source.column - 1
    token = _TOKEN.match(source.text, start)
    end = token.end() if token else start + 1
    before, marked, after = _cut(source.text[:start], source.text[start:end], source.text[end:], most)
    yield f"{gutter} {_dim('|')}"
    yield f"{_dim(str(source.line))} {_dim('|')} {before}{marked}{after}".rstrip()
    if start <= len(source.text):
        carets = "^" * max(1, columns(marked))
        yield f"{gutter} {_dim('|')} {' ' * columns(before)}{style(carets, fg=colour, bold=True)}"


def _cut(before: str, marked: str, after: str, most: int) -> tuple[str, str, str]:
    """Make the three parts of a line printable, and cut them to a readable length."""
    before = _visible(before.expandtabs(_TAB))
    marked, after = _visible(marked), _visible(after)
    if columns(before) > most * 7 // 12 and columns(before + marked + after) > most:
        width = columns(before)
        before = "…" + clipped(before, width - most * 7 // 12, width)
    room = max(most - columns(before), 1)
    if columns(marked + after) > room:
        marked = clipped(marked, 0, room)
        after = clipped(after, 0, max(room - columns(marked) - 1, 0)) + "…"
    return before, marked, after


def _visible(text: str) -> str:
    """Remove characters that would move the cursor, hide or turn the writing direction."""
    return line(text.replace("\t", " " * _TAB))


def _dim(part: str) -> str:
    return style(part, fg="blue")

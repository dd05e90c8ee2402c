"""What there is to say about a diagnostic code → text."""

from __future__ import annotations

from textwrap import indent, wrap
from typing import TYPE_CHECKING

from click import style

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.codes import Advice

_WIDTH = 80
_BESIDE = 100
"""Up to this width, what a code means stands beside it."""


def advice(one: Advice) -> str:
    """Return everything about one code."""
    return "\n".join(_lines(one)) + "\n"


def _lines(one: Advice) -> Iterator[str]:
    yield style(one.code, bold=True)
    yield from ("", *wrap(one.meaning, _WIDTH))
    if one.why:
        yield from ("", *wrap(one.why, _WIDTH))
    yield from ("", style("What to do", bold=True), "", *wrap(one.remedy, _WIDTH))
    if one.bad:
        yield from ("", style("Refused", bold=True), "", _example(one.bad))
    if one.good:
        yield from ("", style("Mended" if one.bad else "For example", bold=True), "", _example(one.good))
    if one.see:
        yield from ("", style("See also", bold=True), "", *(f"  {line}" for line in one.see))


def _example(text: str) -> str:
    return indent(text.expandtabs(4).rstrip("\n"), "  ")


def index(codes: Mapping[str, str]) -> str:
    """Return every code with its meaning, a paragraph each."""
    width = max(map(len, codes)) + 2
    return "\n".join(line for code in sorted(codes) for line in _entry(code, codes[code], width)) + "\n"


def _entry(code: str, meaning: str, width: int) -> Iterator[str]:
    first, *rest = wrap(meaning, _BESIDE - width, break_on_hyphens=False)
    yield f"{style(f'{code:<{width}}', bold=True)}{first}"
    yield from (f"{'':<{width}}{line}" for line in rest)

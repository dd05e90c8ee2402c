"""Advice about a diagnostic code."""

from __future__ import annotations

from textwrap import indent, wrap
from typing import TYPE_CHECKING

from click import style

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.codes import Advice

_WIDTH = 80
_BESIDE = 100
"""Up to this width, the meaning of a code stands beside it."""


def advice(item: Advice) -> str:
    """Write the advice about one code."""
    return "\n".join(_lines(item)) + "\n"


def _lines(item: Advice) -> Iterator[str]:
    yield style(item.code, bold=True)
    yield from ("", *wrap(item.meaning, _WIDTH))
    if item.why:
        yield from ("", *wrap(item.why, _WIDTH))
    yield from ("", style("What to do", bold=True), "", *wrap(item.remedy, _WIDTH))
    if item.bad:
        yield from ("", style("Refused", bold=True), "", _example(item.bad))
    if item.good:
        yield from ("", style("Mended" if item.bad else "For example", bold=True), "", _example(item.good))
    if item.see:
        yield from ("", style("See also", bold=True), "", *(f"  {line}" for line in item.see))


def _example(text: str) -> str:
    return indent(text.expandtabs(4).rstrip("\n"), "  ")


def index(codes: Mapping[str, str]) -> str:
    """Write every code with its meaning, a paragraph each."""
    width = max(map(len, codes)) + 2
    return "\n".join(line for code in sorted(codes) for line in _entry(code, codes[code], width)) + "\n"


def _entry(code: str, meaning: str, width: int) -> Iterator[str]:
    first, *rest = wrap(meaning, _BESIDE - width, break_on_hyphens=False)
    yield f"{style(f'{code:<{width}}', bold=True)}{first}"
    yield from (f"{'':<{width}}{line}" for line in rest)

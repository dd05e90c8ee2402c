"""Curves as SVG: both axes logarithmic, so that what grows in proportion is a straight line."""

from __future__ import annotations

from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.findings import Curve

_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 70, 50
_COLOURS = ("#0b5fa5", "#b5410b", "#3d7a1f", "#7a3d99")
_DASHES = ("", "6 4", "2 3", "8 3 2 3")
_TICK = "font-size='12' fill='#444'"


def svg(curve: Curve) -> str:
    """Return a picture of a curve; at least one point, all of them above nothing."""
    points = [one for found in curve.points.values() for one in found]
    across, up = (_Axis.over([one[place] for one in points]) for place in (0, 1))

    def x(value: float) -> float:
        return round(_LEFT + across.share(value) * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        return round(_HEIGHT - _BOTTOM - up.share(value) * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [
        (
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {_HEIGHT}' role='img' "
            f"font-family='sans-serif'><title>{escape(curve.title)}</title>"
        ),
        f"<rect width='{_WIDTH}' height='{_HEIGHT}' fill='#fff'/>",
        f"<text x='{_LEFT}' y='24' font-size='16'>{escape(curve.title)}</text>",
        f"<text x='{_WIDTH - _RIGHT}' y='{_HEIGHT - 10}' text-anchor='end' {_TICK}>{escape(curve.across)}</text>",
        f"<text x='12' y='{_TOP - 10}' {_TICK}>{escape(curve.unit)}</text>",
    ]
    for value in across.ticks():
        parts.append(f"<path d='M{x(value)} {_TOP}V{_HEIGHT - _BOTTOM}' stroke='#ddd'/>")
        parts.append(
            f"<text x='{x(value)}' y='{_HEIGHT - _BOTTOM + 18}' text-anchor='middle' {_TICK}>{value:,g}</text>"
        )
    for value in up.ticks():
        parts.append(f"<path d='M{_LEFT} {y(value)}H{_WIDTH - _RIGHT}' stroke='#ddd'/>")
        parts.append(f"<text x='{_LEFT - 8}' y='{y(value) + 4}' text-anchor='end' {_TICK}>{value:,g}</text>")
    for place, (name, found) in enumerate(curve.points.items()):
        line = " ".join(f"{x(one)},{y(other)}" for one, other in found)
        style = f"stroke='{_COLOURS[place % 4]}' stroke-dasharray='{_DASHES[place % 4]}' stroke-width='2' fill='none'"
        parts.append(f"<polyline points='{line}' {style}/>")
        for one, other in found:
            parts.append(f"<circle cx='{x(one)}' cy='{y(other)}' r='3.5' fill='{_COLOURS[place % 4]}'/>")
        where = _LEFT + place * 150
        parts.append(f"<path d='M{where} 46h28' {style}/>")
        parts.append(f"<text x='{where + 34}' y='50' {_TICK}>{escape(name)}</text>")
    return "\n".join([*parts, "</svg>", ""])


class _Axis:
    """A logarithmic axis from one power of ten to another."""

    def __init__(self, low: int, high: int) -> None:
        self._low, self._high = low, high

    @classmethod
    def over(cls, values: Sequence[float]) -> _Axis:
        low, high = floor(log10(min(values))), ceil(log10(max(values)))
        return cls(low, max(high, low + 1))

    def share(self, value: float) -> float:
        """Return how far along a value lies, from 0 to 1."""
        return (log10(value) - self._low) / (self._high - self._low)

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self._low, self._high + 1)]

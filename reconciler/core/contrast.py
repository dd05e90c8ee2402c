"""Contrast between colours, as WCAG 2 defines it. Colours are `#rrggbb`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

AA = 4.5
"""The least ratio for text of a usual size: level AA."""

_STEPS = 255
_KNEE = 0.04045


def ratio(color: str, other: str) -> float:
    """Return the contrast of two colours: 1 for the same one, 21 for black on white."""
    darker, lighter = sorted((_luminance(color), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def least(color: str, others: Iterable[str]) -> float:
    """Return the contrast with the closest of other colours."""
    return min(ratio(color, other) for other in others)


def nearest(color: str, others: Iterable[str]) -> str:
    """Return the colour of the same hue that passes AA with the others, by the smallest step to black or to white."""
    others = tuple(others)
    for step in range(_STEPS + 1):
        for end in (0, 255):
            mixed = "#" + "".join(f"{round(part + (end - part) * step / _STEPS):02x}" for part in _parts(color))
            if least(mixed, others) >= AA:
                return mixed
    raise ValueError(f"no colour has a contrast of {AA} with each of {', '.join(others)}")


def _parts(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))


def _luminance(color: str) -> float:
    parts = [part / 255 for part in _parts(color)]
    red, green, blue = (part / 12.92 if part <= _KNEE else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

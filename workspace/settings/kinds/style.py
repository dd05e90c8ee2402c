"""`style/acme`: the looks of the Help Center's pages, and the colours derived from the chosen one."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from workspace.core import contrast
from workspace.core.errors import ApiError, Problem
from workspace.settings.kinds.base import SettingKind, Values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

LIGHT, DARK = ("#ffffff", "#fbfaf7"), ("#10231c", "#222a26")
"""Neighbours of the colour of links and buttons, as in `style.css`: text on it, and the page behind it."""

STANDARD = "#1f5c4a"
"""The colour of pages that have none of their own."""


def _combine(_connection: Connection, before: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
    color = values.get("primary_color")
    if color is not None and (least := contrast.least(color, LIGHT)) < contrast.AA:
        # Rounded down: what fails never reads as what is needed.
        words = f"has a contrast of {int(least * 100) / 100:.2f}:1 with {' or '.join(LIGHT)}, not {contrast.AA}:1"
        message = f"{words}; the nearest colour that passes is {contrast.nearest(color, LIGHT)}"
        raise ApiError(422, Problem("value_invalid", message, "primary_color"))
    return {**before, **values}


@lru_cache(maxsize=1024)
def sheet(light: str | None) -> str:
    """Return the style sheet of a Help Center; empty without a chosen colour."""
    if light is None:
        return ""
    dark = contrast.nearest(light, DARK)
    return f"""\
:root {{ --accent: {light}; --on-accent: {LIGHT[0]}; --accent-soft: color-mix(in srgb, {light} 12%, {LIGHT[1]}); }}
@media (prefers-color-scheme: dark) {{
  :root {{ --accent: {dark}; --on-accent: {DARK[0]}; --accent-soft: color-mix(in srgb, {dark} 18%, {DARK[1]}); }}
}}
span.state.resolved {{ color: var(--ink); }}
"""


def icon(name: str, color: str | None) -> str:
    """Draw the default icon of a Help Center: its first letter on its colour."""
    letter = escape(name[:1].upper())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" '
        f'fill="{color or STANDARD}"/><text x="16" y="23" text-anchor="middle" fill="{LIGHT[0]}" '
        f'font-family="Georgia,serif" font-size="20">{letter}</text></svg>'
    )


KIND = SettingKind(
    name="style",
    scope="help_center",
    schema="StyleSettings",
    title="the style of {of}",
    defaults={"logo": None, "primary_color": None, "favicon": None, "footer_links": []},
    combine=_combine,
)

"""A fleet of any size over many workspaces, with every kind of failure mixed in, and what has to come of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

VARIABLE = "FLEET_TOKEN"
NOWHERE = "http://127.0.0.1:1"
"""An address at which nobody answers."""


@dataclass
class Mixed:
    """What has to come of a fleet.

    Attributes:
        outcomes: How many members there are of each outcome.
        codes: How many of each reason to fail.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)


def portal(number: int, url: str, help_center: str, **more: Any) -> dict[str, Any]:
    """Return a configuration that is as its workspace has it, but for what is given besides."""
    return {
        "version": 1,
        "name": f"portal-{number}",
        "help_center": {"identifier": help_center, "live": False},
        "audience": "nobody",
        "portal": {"enabled": False, "ticket_visibility": "company"},
        "environments": {"production": {"workspace": url, "token": f"${{{VARIABLE}}}"}},
        **more,
    }


def write(folder: Path, urls: Sequence[str], count: int) -> Mixed:
    """Write so many configurations for these workspaces into a folder, and return what has to come of them.

    Of each hundred, ninety-one are as their workspace has them.
    """
    mixed = Mixed()
    folder.mkdir()
    for number in range(count):
        url, help_center = urls[number % len(urls)], f"hc-{number // len(urls)}"
        text, outcome, code = _one(number, url, help_center, last=number == count - 1)
        (folder / f"{number:05}.yaml").write_text(text, encoding="utf-8")
        mixed.outcomes[outcome] += 1
        mixed.codes.update([code] if code else [])
    return mixed


def _one(number: int, url: str, help_center: str, *, last: bool) -> tuple[str, str, str]:
    """Return a configuration as text, what has to become of it, and why where it fails."""
    place = number % 100
    wanted = portal(number, url, help_center)
    if place in (10, 11):
        return "version: 1\n\tname: broken\n", "failed", "yaml-syntax"
    if place in (30, 31) and not (place == 30 and last):
        # Two for one workspace to themselves: each gives one setting of it another value.
        mode = "jwt" if place == 30 else "hmac"
        twin = portal(number, f"{NOWHERE}{number - place}", "hc-0", messenger={"identity": mode})
        return json.dumps(twin), "failed", "fleet-conflict"
    failing = {
        20: ({**wanted, "help_centre": {}}, "failed", "unknown-key"),
        40: (portal(number, NOWHERE, help_center), "failed", "workspace-unreachable"),
        50: (portal(number, url, "hc-nowhere"), "failed", "help-center-unknown"),
        # Everyone may not get in unless a guard allows it.
        60: ({**wanted, "audience": "everyone"}, "blocked", ""),
        70: ({**wanted, "help_center": {"identifier": help_center, "live": True}}, "changes", ""),
    }
    found, outcome, code = failing.get(place, (wanted, "no_changes", ""))
    return json.dumps(found), outcome, code

"""A fleet of any size over many workspaces, with every kind of failure mixed in, and its expected outcome."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.fleet.many import portal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NOWHERE = "http://127.0.0.1:1"
"""An address at which nobody answers."""


@dataclass
class Mixed:
    """The expected outcome of a fleet: members by outcome, and failures by code."""

    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)


def write(folder: Path, urls: Sequence[str], count: int) -> Mixed:
    """Write `count` configurations, of which 91 in 100 match their workspace, and return the expected outcome."""
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
    """Return a configuration as text, its expected outcome, and the code of its failure."""
    place = number % 100
    wanted = portal(help_center, url)
    if place in (10, 11):
        return "version: 1\n\tname: broken\n", "failed", "yaml-syntax"
    if place in (30, 31) and not (place == 30 and last):
        # Two for one workspace to themselves: each gives one setting of it another value.
        mode = "jwt" if place == 30 else "hmac"
        twin = portal(f"hc-{place}", f"{NOWHERE}{number - place}", messenger={"identity": mode})
        return json.dumps(twin), "failed", "fleet-conflict"
    failing = {
        20: ({**wanted, "help_centre": {}}, "failed", "unknown-key"),
        40: (portal(help_center, NOWHERE, name=f"portal-{number}"), "failed", "workspace-unreachable"),
        50: (portal("hc-nowhere", url, name=f"portal-{number}"), "failed", "help-center-unknown"),
        # Everyone may not get in unless a guard allows it.
        60: ({**wanted, "audience": "everyone"}, "blocked", ""),
        70: ({**wanted, "help_center": {"identifier": help_center, "live": True}}, "changes", ""),
    }
    values, outcome, code = failing.get(place, (wanted, "no_changes", ""))
    return json.dumps(values), outcome, code

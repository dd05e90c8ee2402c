"""The number of examples of a property: few for every run, and more on request."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

TIMES = int(os.environ.get("PORTAL_EXAMPLES", "1"))
"""The factor for examples, applies and members of a fleet in a thorough run, against a quick one."""

by_night = pytest.mark.skipif(TIMES == 1, reason="tried by night, and wherever PORTAL_EXAMPLES is more than 1")
"""For cases that combine what others try one by one: each way is tried in every run, and each pair of ways by night."""


def has_turn(number: int, way: int) -> bool:
    """Tell whether the page of this number is checked in way 0 or 1: in one of them in every run, by night in both."""
    return TIMES > 1 or number % 2 == way


def examples(count: int) -> settings:
    """Return the settings for a property that is tried on so many examples, times `PORTAL_EXAMPLES`."""
    return settings(max_examples=count * TIMES)

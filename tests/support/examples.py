"""How many examples a property is tried on: few enough for every run, and more for whoever asks for more."""

from __future__ import annotations

import os

from hypothesis import settings

_TIMES = int(os.environ.get("PORTAL_EXAMPLES", "1"))


def examples(count: int) -> settings:
    """Return the settings for a property that is tried on so many examples, times `PORTAL_EXAMPLES`."""
    return settings(max_examples=count * _TIMES)

"""Valid values of each comparison of a rule. A check returns the expected form, or nothing for a valid value."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import TYPE_CHECKING

from workspace.core.folding import storable

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LIST = 1000
MAX_TEXT = 1000
MAX_DAYS = 1_000_000


def text_complaint(value: object) -> str | None:
    """Return the expected form for an invalid text of a rule, or nothing for a valid one."""
    if isinstance(value, str) and len(value) <= MAX_TEXT and storable(value):
        return None
    return f"a text of at most {MAX_TEXT} characters, without NUL"


def _texts(value: object) -> str | None:
    if isinstance(value, list) and 1 <= len(value) <= MAX_LIST and not any(text_complaint(item) for item in value):
        return None
    return f"a list of 1 to {MAX_LIST} texts of at most {MAX_TEXT} characters each, without NUL"


def _number(value: object) -> str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            if math.isfinite(float(value)):
                return None
        except OverflowError:
            pass
    return "a finite number"


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _day(value: object) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return None
    return "a day in the form YYYY-MM-DD"


def _days(value: object) -> str | None:
    # JSON knows one kind of number: 3.0 is whole.
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= MAX_DAYS and value % 1 == 0:
        return None
    return f"a whole number of days from 0 to {MAX_DAYS}"


def _nothing(value: object) -> str | None:
    return None if value is None else "nothing: leave it out"


_PRESENCE = {"known": _nothing, "unknown": _nothing}
CHECKS: dict[str, dict[str, Callable[[object], str | None]]] = {
    "text": {
        **dict.fromkeys(("eq", "ne"), text_complaint),
        **dict.fromkeys(("in", "nin"), _texts),
        **dict.fromkeys(("contains", "contains_word", "starts_with", "ends_with"), text_complaint),
        **_PRESENCE,
    },
    "number": {**dict.fromkeys(("eq", "ne", "gt", "lt"), _number), **_PRESENCE},
    "boolean": {"eq": _flag, **_PRESENCE},
    "date": {
        **dict.fromkeys(("after", "on", "before"), _day),
        **dict.fromkeys(("more_than_days_ago", "less_than_days_ago", "exactly_days_ago"), _days),
        **_PRESENCE,
    },
    "tag": {**dict.fromkeys(("eq", "ne"), text_complaint), **dict.fromkeys(("in", "nin"), _texts)},
}
"""Checks by type and comparison: each returns the expected form, or nothing for a valid value."""

COMPARISONS: dict[str, tuple[str, ...]] = {kind: tuple(known) for kind, known in CHECKS.items()}
"""Which comparisons each type knows."""

"""Wording of places, values and choices in messages."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.core.diagnostics import Path

_ENVIRONMENT_KEY = 2
_PLAIN_KEY = re.compile(r"[A-Za-z_-]{1,20}")
_LONGEST_SHOWN = 60
_CLOSE_ENOUGH = 0.6
_MOST_COMPARED = 200


def where(path: Path) -> str:
    """Write a path: `audience.any[0].attribute`; empty for the whole file."""
    steps = [item if isinstance(item, int) else key_name(item) for item in path]
    if len(path) > _ENVIRONMENT_KEY and path[0] == "environments":
        # A credential may have got into the place of a key.
        steps[_ENVIRONMENT_KEY] = environment_key(str(path[_ENVIRONMENT_KEY]))
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def environment_key(key: str) -> str:
    """Return a key of an environment, unless it looks like a misplaced credential."""
    return key if _PLAIN_KEY.fullmatch(key) else "…"


def key_name(key: str) -> str:
    """Name a key: itself, or its first word where it is none (a forgotten colon, say)."""
    words = key.split()
    first = words[0][:_LONGEST_SHOWN] if words else ""
    return key if key == first else f"{first}…"


def show(value: Any) -> str:
    """Write a value inside of a sentence, shortened if it is long."""
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN:
        value = value[:_LONGEST_SHOWN] + "…"
    return json.dumps(value, ensure_ascii=False)


def people(count: int) -> str:
    """Write a number of people: `1 person`, `1,204 people`."""
    return "1 person" if count == 1 else f"{count:,} people"


def listed(choices: Iterable[Any], joiner: str = "or") -> str:
    """Write choices as a phrase: `a`, `b` or `c`."""
    names = [f"`{choice if isinstance(choice, str) else json.dumps(choice)}`" for choice in choices]
    if len(names) < 2:  # noqa: PLR2004 - one name, or none, has nothing to be joined with
        return "".join(names)
    return f"{', '.join(names[:-1])} {joiner} {names[-1]}"


def suggestion(word: str, choices: Iterable[Any]) -> str:
    """Return the most likely of the `choices` for a misspelled word; empty if none is close."""
    import difflib

    meant = _folded(word[:_LONGEST_SHOWN])
    # A name of another length cannot be close, and what is compared has to stay few: comparing is slow.
    similar = (choice for choice in choices if isinstance(choice, str) and abs(len(choice) - len(word)) <= len(word))
    names = {_folded(choice): choice for choice in islice(similar, _MOST_COMPARED)}
    close = difflib.get_close_matches(meant, names, n=1, cutoff=_CLOSE_ENOUGH)
    return str(names[close[0]]) if close else ""


def _folded(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")


def did_you_mean(word: str, choices: Iterable[Any], otherwise: str = "") -> str:
    """Write `Did you mean …?`, or else `otherwise`."""
    meant = suggestion(word, choices)
    return f"Did you mean `{meant}`?" if meant else otherwise

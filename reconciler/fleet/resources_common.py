"""Which settings of a whole workspace required settings read: what opens and closes every portal that is there."""

from __future__ import annotations

from functools import cache

from reconciler.core.contract import load_json

_NOT_COMMON = frozenset({"site", "help_center"})
"""What is a fact, or belongs to one Help Center."""


@cache
def common() -> frozenset[str]:
    """Return the addresses of all of them."""
    return frozenset().union(*map(reads, load_json("required-settings.json")["settings"]))


@cache
def reads(name: str) -> frozenset[str]:
    """Return the addresses of those that one required setting reads."""
    cases = load_json("required-settings.json")["settings"][name]["cases"]
    paths = {path for case in cases for part in ("when", "want") for path in case[part]}
    return frozenset({path.rpartition(".")[0] for path in paths} - _NOT_COMMON)

"""Required settings of a portal: `schemas/required-settings.json` over plain facts and a day. Pure.

A fact is a value by path, such as `help_center.live`. A missing fact never counts as met.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from workspace.core.data_files import load_json
from workspace.database.store import same

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MET, UNMET, UNKNOWN = "met", "unmet", "unknown"
REQUIRED = "required"
_MISSING = object()
_SET = {"set": True}
_ACKNOWLEDGED = {"acknowledged": True}


@dataclass(frozen=True, slots=True)
class Check:
    """The status of one required setting: `met`, `unmet` or `unknown`.

    `level` is `required` or `recommended`; `known` is `observed`, `evaluated`, `assumed` or `acknowledged`.
    """

    id: str
    title: str
    level: str
    status: str
    known: str
    found: str
    remedy: str

    def standing(self) -> dict[str, str]:
        """Return the status for an answer; `described` has the rest."""
        return {"id": self.id, "status": self.status, "known": self.known, "found": self.found}


@cache
def described(profile: str) -> Sequence[Mapping[str, str]]:
    """Return the fixed texts of a profile's settings, in the order of `evaluate`."""
    document = load_json("required-settings.json")
    return [
        {"id": name, "level": level, **{part: document["settings"][name][part] for part in ("title", "remedy")}}
        for level, name in _names(profile)
    ]


def evaluate(profile: str, facts: Mapping[str, Any], today: date) -> list[Check]:
    """Evaluate a profile, required settings first, on facts by path; acknowledgements count through their last day."""
    return [_check(name, level, _of(name, facts), today) for level, name in _names(profile)]


@cache
def fields(profile: str) -> Mapping[str, frozenset[str]]:
    """Return the fields that a profile's settings depend on, by resource."""
    names_of: dict[str, set[str]] = defaultdict(set)
    for path in chain.from_iterable(paths(name) for _, name in _names(profile)):
        part, _, name = path.rpartition(".")
        names_of[part].add(name)
    return {part: frozenset(names) for part, names in names_of.items()}


@cache
def _names(profile: str) -> Sequence[tuple[str, str]]:
    levels = load_json("required-settings.json")["profiles"][profile]
    return [(level, name) for level in (REQUIRED, "recommended") for name in levels[level]]


@cache
def paths(name: str) -> tuple[str, ...]:
    """Return the paths of the facts behind a setting."""
    cases = load_json("required-settings.json")["settings"][name]["cases"]
    return tuple(dict.fromkeys(path for case in cases for path in (*case["when"], *case["want"])))


def unmet(checks: Sequence[Check]) -> list[Check]:
    """Return the unmet required settings."""
    return [check for check in checks if check.level == REQUIRED and check.status != MET]


@dataclass(frozen=True, slots=True)
class _Facts:
    """Facts behind a setting; compared as written, so that true is not 1."""

    written: str
    values: Mapping[str, Any] = field(compare=False)


def _of(name: str, facts: Mapping[str, Any]) -> _Facts:
    values = {path: facts[path] for path in paths(name) if path in facts}
    return _Facts(repr(values), values)


# Portals of a workspace have most facts in common, and a portal that is asked about again has all of them.
@lru_cache(maxsize=4096)
def _check(name: str, level: str, known: _Facts, today: date) -> Check:
    facts = known.values
    setting = load_json("required-settings.json")["settings"][name]
    case = next((case for case in setting["cases"] if _holds(case["when"], facts, today)), None)
    if case is None:
        status = UNKNOWN
        paths = list(dict.fromkeys(path for case in setting["cases"] for path in case["when"]))
    else:
        status = MET if _holds(case["want"], facts, today) else case.get("otherwise", UNMET)
        paths = list(case["want"])
    return Check(
        id=name,
        title=setting["title"],
        level=level,
        status=status,
        known=(case or {}).get("known", setting["known"]),
        found=", ".join(_finding(path, facts.get(path, _MISSING), today) for path in paths),
        remedy=setting["remedy"],
    )


def _holds(desired: Mapping[str, Any], facts: Mapping[str, Any], today: date) -> bool:
    return all(_fits(value, facts.get(path, _MISSING), today) for path, value in desired.items())


def _fits(desired: object, fact: object, today: date) -> bool:
    if fact is _MISSING:
        return False
    if isinstance(desired, list):
        return any(same(value, fact) for value in desired)
    if desired == _SET:
        return fact is not None
    if desired == _ACKNOWLEDGED:
        return isinstance(fact, dict) and _last_day(fact) >= today
    return same(desired, fact)


def _last_day(acknowledgement: Mapping[str, str]) -> date:
    return date.fromisoformat(acknowledgement["until"])


def _finding(path: str, fact: object, today: date) -> str:
    if fact is _MISSING:
        return f"{path} is not known"
    if fact is None:
        return f"{path} is not set"
    if isinstance(fact, dict):
        ended = ", which has passed" if _last_day(fact) < today else ""
        return f"{path} is acknowledged by {fact['acknowledged_by']} until {fact['until']}{ended}"
    return f"{path} is {str(fact).lower() if isinstance(fact, bool) else fact}"

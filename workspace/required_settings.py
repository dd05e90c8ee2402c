"""What must hold before a portal may be enabled: `schemas/required-settings.json` over plain facts.

Pure: facts and a day in, checks out. A fact is a value by path: `help_center.live`, `identity.mode`,
`data_attribute/contact.companies.messenger_writable`, `site.plan`. A fact that is missing never
counts as met.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from workspace.resources import load_json
from workspace.store import same

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MET, UNMET, UNKNOWN = "met", "unmet", "unknown"
REQUIRED = "required"
_MISSING = object()
_SET = {"set": True}
_ACKNOWLEDGED = {"acknowledged": True}


@dataclass(frozen=True, slots=True)
class Check:
    """How one setting of a profile stands.

    Attributes:
        id: The setting.
        title: Its name for people.
        level: `required` or `recommended`.
        status: `met`, `unmet` or `unknown`; only met is enough.
        known: How it is known: `observed`, `evaluated`, `assumed` or `acknowledged`.
        found: What was found, in a few words.
        remedy: What to do where it is not met.
    """

    id: str
    title: str
    level: str
    status: str
    known: str
    found: str
    remedy: str

    def document(self) -> dict[str, str]:
        """Return the check as it stands in an answer."""
        # All of it is text; a copy that looks into every value takes a tenth of a whole answer.
        return {name: getattr(self, name) for name in self.__slots__}


def evaluate(profile: str, facts: Mapping[str, Any], today: date) -> list[Check]:
    """Return how every setting of a profile stands, the required ones first.

    Args:
        profile: A profile of `required-settings.json`.
        facts: What is known, by path.
        today: The current day in UTC; acknowledgements count up to and on their last day.
    """
    document = load_json("required-settings.json")
    levels = document["profiles"][profile]
    return [
        _check(name, document["settings"][name], level, facts, today)
        for level in (REQUIRED, "recommended")
        for name in levels[level]
    ]


@cache
def paths(profile: str) -> tuple[str, ...]:
    """Return the paths of the facts that the settings of a profile are evaluated on."""
    document = load_json("required-settings.json")
    cases = (
        case
        for names in document["profiles"][profile].values()
        for name in names
        for case in document["settings"][name]["cases"]
    )
    return tuple(dict.fromkeys(path for case in cases for path in (*case["when"], *case["want"])))


def unmet(checks: Sequence[Check]) -> list[Check]:
    """Return the required settings that are not met."""
    return [check for check in checks if check.level == REQUIRED and check.status != MET]


def _check(name: str, setting: Mapping[str, Any], level: str, facts: Mapping[str, Any], today: date) -> Check:
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
        found=", ".join(_found(path, facts.get(path, _MISSING), today) for path in paths),
        remedy=setting["remedy"],
    )


def _holds(wanted: Mapping[str, Any], facts: Mapping[str, Any], today: date) -> bool:
    return all(_fits(value, facts.get(path, _MISSING), today) for path, value in wanted.items())


def _fits(wanted: object, fact: object, today: date) -> bool:
    if fact is _MISSING:
        return False
    if isinstance(wanted, list):
        return any(same(one, fact) for one in wanted)
    if wanted == _SET:
        return fact is not None
    if wanted == _ACKNOWLEDGED:
        return isinstance(fact, dict) and _last_day(fact) >= today
    return same(wanted, fact)


def _last_day(acknowledgement: Mapping[str, str]) -> date:
    return date.fromisoformat(acknowledgement["until"])


def _found(path: str, fact: object, today: date) -> str:
    if fact is _MISSING:
        return f"{path} is not known"
    if fact is None:
        return f"{path} is not set"
    if isinstance(fact, dict):
        ended = ", which has passed" if _last_day(fact) < today else ""
        return f"{path} is acknowledged by {fact['acknowledged_by']} until {fact['until']}{ended}"
    return f"{path} is {str(fact).lower() if isinstance(fact, bool) else fact}"

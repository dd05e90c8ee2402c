"""Required settings: what must hold before a portal may be enabled, and how each is known.

The settings and the profiles that name them are data (`schemas/required-settings.json`). The
workspace enforces the same list itself; this module foresees what it will say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reconciler.diff import same
from reconciler.resources import load_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.diff import Difference
    from reconciler.state import Resource, State


class Status(StrEnum):
    """Where a required setting stands, seen from before the plan."""

    MET = "met"
    MET_BY_PLAN = "met_by_plan"
    UNMET = "unmet"
    BROKEN_BY_PLAN = "broken_by_plan"
    UNKNOWN = "unknown"

    @property
    def holds_after(self) -> bool:
        """Whether the setting is met once the plan is applied."""
        return self in (Status.MET, Status.MET_BY_PLAN)


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """One required setting.

    Attributes:
        id: Its name in the profile.
        title: What it asks for.
        required: Whether enabling is refused without it; otherwise it is only recommended.
        status: Where it stands.
        known: How that is known: observed, evaluated, assumed or acknowledged.
        found: What was found, in words.
        remedy: What would meet it.
    """

    id: str
    title: str
    required: bool
    status: Status
    known: str
    found: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Verdict:
    status: str
    known: str
    found: str


def facts(resources: Iterable[Resource], site: Mapping[str, Any]) -> dict[str, Any]:
    """Return what required settings read: field values by `ADDRESS.field`, and `site.FACT`."""
    return {f"site.{name}": value for name, value in site.items()} | {
        f"{_fact_prefix(resource.address)}.{field}": value
        for resource in resources
        for field, value in resource.values.items()
    }


def facts_after(before: Mapping[str, Any], differences: Iterable[Difference]) -> dict[str, Any]:
    """Return the facts once the differences are gone."""
    changed = {
        f"{_fact_prefix(one.address)}.{field}": value for one in differences for field, value in one.outcome.items()
    }
    return {**before, **changed}


def _fact_prefix(address: str) -> str:
    # There is one Help Center in an observation, so its identifier does not take part in the name.
    return "help_center" if address.startswith("help_center/") else address


def met(profile: str, known_facts: Mapping[str, Any], today: date) -> dict[str, bool]:
    """Return whether each setting that the profile requires is met."""
    required = load_json("required-settings.json")["profiles"][profile]["required"]
    return {name: _verdict(name, known_facts, today).status == "met" for name in required}


def evaluate(state: State, differences: Iterable[Difference], today: date) -> tuple[Prerequisite, ...]:
    """Return every setting of the workspace's profile, required ones first.

    Args:
        state: What was observed; its profile says which settings count.
        differences: What the plan will change.
        today: The day on which acknowledgements are judged, UTC.
    """
    table = load_json("required-settings.json")
    profile = table["profiles"][state.profile]
    before = facts(state.resources.values(), state.site)
    after = facts_after(before, differences)
    found = []
    for level in ("required", "recommended"):
        for name in profile[level]:
            setting, then = table["settings"][name], _verdict(name, after, today)
            found.append(
                Prerequisite(
                    id=name,
                    title=setting["title"],
                    required=level == "required",
                    status=_status(_verdict(name, before, today).status, then.status),
                    known=then.known,
                    found=then.found,
                    remedy=setting["remedy"],
                )
            )
    return tuple(found)


def _status(before: str, after: str) -> Status:
    if after == "met":
        return Status.MET if before == "met" else Status.MET_BY_PLAN
    if before == "met":
        return Status.BROKEN_BY_PLAN
    return Status(after)


def _verdict(name: str, known_facts: Mapping[str, Any], today: date) -> _Verdict:
    setting = load_json("required-settings.json")["settings"][name]
    for case in setting["cases"]:
        if all(same(known_facts.get(path), value) for path, value in case["when"].items()):
            known = case.get("known", setting["known"])
            wanted = case["want"]
            found = ", ".join(f"{path} is {_shown(known_facts.get(path))}" for path in wanted)
            if all(_satisfies(known_facts.get(path), want, today) for path, want in wanted.items()):
                return _Verdict("met", known, found)
            return _Verdict(case.get("otherwise", "unmet"), known, found)
    return _Verdict("unknown", setting["known"], "not known")


def _satisfies(value: Any, want: Any, today: date) -> bool:
    match want:
        case {"set": True}:
            return value is not None
        case {"acknowledged": True}:
            return isinstance(value, dict) and date.fromisoformat(value["until"]) >= today
        case list():
            return any(same(value, one) for one in want)
    return same(value, want)


def _shown(value: Any) -> str:
    match value:
        case None:
            return "not set"
        case True | False:
            return str(value).lower()
        case {"acknowledged_by": who, "until": until}:
            return f"acknowledged by {who} until {until}"
    return str(value)

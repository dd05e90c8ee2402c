"""Required settings: the conditions for enabling a portal, and how each is known.

They are data (`schemas/required-settings.json`). The workspace enforces them itself; this predicts its verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reconciler.core.contract import load_json
from reconciler.kinds import help_center
from reconciler.plan.compare.diff import same

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.kinds.state import State
    from reconciler.plan.compare.diff import Difference


class Status(StrEnum):
    """The state of a required setting, seen from before the plan."""

    MET = "met"
    MET_BY_PLAN = "met_by_plan"
    MET_BY_FLEET = "met_by_fleet"
    """By another configuration of the batch."""
    UNMET = "unmet"
    BROKEN_BY_PLAN = "broken_by_plan"
    BROKEN_BY_FLEET = "broken_by_fleet"
    UNKNOWN = "unknown"

    @property
    def holds_after(self) -> bool:
        """Whether the setting is met after the plan and the rest of its batch."""
        return self in HOLDING


HOLDING = frozenset({Status.MET, Status.MET_BY_PLAN, Status.MET_BY_FLEET})
"""The states of a setting that is met in the end."""

Values = Mapping[str, Mapping[str, Any]]
"""Fields in declared form, by address."""

NOTHING: Values = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """One required setting."""

    id: str
    title: str  # the condition, in words
    required: bool  # enabling is refused without it; else only recommended
    status: Status
    known: str  # observed, evaluated, assumed or acknowledged
    found: str
    remedy: str  # the action that would meet it


@dataclass(frozen=True, slots=True)
class _Verdict:
    status: str
    known: str
    finding: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Values for required settings, by `ADDRESS.field` and `site.FACT`, after all changes; looked up lazily."""

    state: State
    changed: Values
    fleet_values: Values

    def get(self, path: str) -> Any:
        """Return a value; `None` where there is none."""
        address, field = self._place(path)
        if address == "site":
            return self.state.site.get(field)
        for becomes in (self.changed.get(address), self.fleet_values.get(address)):
            if becomes is not None and field in becomes:
                return becomes[field]
        resource = self.state.resources.get(address)
        return None if resource is None else resource.values.get(field)

    def unseen(self, path: str) -> bool:
        """Tell whether a vendor does not tell a value, and nobody else does."""
        if self.state.upstream is None:
            return False
        address, field = self._place(path)
        if address == "site":
            return not self.state.site.get(field)
        known = self.state.known(address, field)
        return field not in self.changed.get(address, {}) and known is not None and known.unknown

    def _place(self, path: str) -> tuple[str, str]:
        address, _, field = path.rpartition(".")
        # There is one Help Center in an observation, so its identifier does not take part in the name.
        return help_center.KIND.of(self.state).address if address == help_center.KIND.name else address, field


def facts(state: State, differences: Iterable[Difference] = (), fleet_values: Values = NOTHING) -> Facts:
    """Return the values after some differences, and after other members' changes of workspace settings."""
    return Facts(
        state, {difference.address: difference.outcome for difference in differences}, _news(state, fleet_values)
    )


def _news(state: State, fleet_values: Values) -> Values:
    """Drop values that are live already."""
    results = {}
    for address, fields in fleet_values.items():
        resource = state.resources.get(address)
        live = {} if resource is None else resource.values
        if news := {field: value for field, value in fields.items() if not same(live.get(field), value)}:
            results[address] = news
    return results


def met(profile: str, known_facts: Facts, today: date) -> dict[str, bool]:
    """Judge each setting that the profile requires."""
    required = load_json("required-settings.json")["profiles"][profile]["required"]
    return {name: _verdict(name, known_facts, today).status == "met" for name in required}


def read_from(profile: str, help_center: str) -> frozenset[str]:
    """Return the addresses that a profile's settings read, `site` among them."""
    table = load_json("required-settings.json")
    names = (name for level in ("required", "recommended") for name in table["profiles"][profile][level])
    cases = (case for name in names for case in table["settings"][name]["cases"])
    values = {path.rpartition(".")[0] for case in cases for path in (*case["when"], *case["want"])}
    return frozenset(f"help_center/{help_center}" if value == "help_center" else value for value in values)


def evaluate(
    state: State, differences: Iterable[Difference], today: date, fleet_values: Values = NOTHING
) -> tuple[Prerequisite, ...]:
    """Evaluate every setting of the workspace's profile, required ones first; acknowledgements on `today` in UTC."""
    table = load_json("required-settings.json")
    profile = table["profiles"][state.profile]
    before, own, after = facts(state), facts(state, differences), facts(state, differences, fleet_values)
    results = []
    for level in ("required", "recommended"):
        for name in profile[level]:
            setting, then = table["settings"][name], _verdict(name, after, today)
            alone = _verdict(name, own, today) if after.fleet_values else then
            now = _verdict(name, before, today) if own.changed else alone
            results.append(
                Prerequisite(
                    id=name,
                    title=setting["title"],
                    required=level == "required",
                    status=_status(now.status, alone.status, then.status),
                    known=then.known,
                    found=then.finding,
                    remedy=setting["remedy"],
                )
            )
    return tuple(results)


def _status(before: str, alone: str, after: str) -> Status:
    """Derive a status from the verdicts before, after the plan alone, and after everything."""
    if after == "met":
        if before == "met":
            return Status.MET
        return Status.MET_BY_PLAN if alone == "met" else Status.MET_BY_FLEET
    if alone == "met":
        return Status.BROKEN_BY_FLEET
    if before == "met":
        return Status.BROKEN_BY_PLAN
    return Status(after)


def _verdict(name: str, known_facts: Facts, today: date) -> _Verdict:
    setting = load_json("required-settings.json")["settings"][name]
    for case in setting["cases"]:
        if all(same(known_facts.get(path), value) for path, value in case["when"].items()):
            known = case.get("known", setting["known"])
            desired = case["want"]
            text = ", ".join(f"{path} is {_shown(known_facts.get(path))}" for path in desired)
            text = "not known" if all(map(known_facts.unseen, desired)) else text
            if all(_satisfies(known_facts.get(path), want, today) for path, want in desired.items()):
                return _Verdict("met", known, text)
            return _Verdict(case.get("otherwise", "unmet"), known, text)
    return _Verdict("unknown", setting["known"], "not known")


def _satisfies(value: Any, want: Any, today: date) -> bool:
    match want:
        case {"set": True}:
            return value is not None
        case {"acknowledged": True}:
            return isinstance(value, dict) and date.fromisoformat(value["until"]) >= today
        case list():
            return any(same(value, item) for item in want)
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

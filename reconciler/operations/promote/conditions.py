"""Promotion values: evidence, conditions, waivers, and differences between environments. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.kinds.state import State
    from reconciler.plan.checks.expectations import Verdict


class Name(StrEnum):
    """A condition on the environment that a promotion comes from."""

    DRIFT = "drift"
    """Nothing was changed there by anybody else since."""
    VERIFIED = "verified"
    """The last verification of exactly this passed."""
    EXPECTATIONS = "expectations"
    """The expectations of the file hold now."""
    SOAK = "soak"
    """It has been live for as long as the file asks."""


class Status(StrEnum):
    """The state of a condition."""

    MET = "met"
    UNMET = "unmet"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Waiver:
    """A named person's answer for an unmet condition."""

    condition: Name
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a promotion, with its remedy, or with a waiver where it is not met."""

    name: Name
    status: Status
    summary: str
    remedy: str = ""
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The last apply in the source environment of a promotion, and the state there now; `since` is ISO 8601, UTC."""

    environment: str
    target: str
    state: State
    receipt: Mapping[str, Any]
    since: str
    drifted: tuple[str, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def base(self) -> Mapping[str, Any]:
        """The applied configuration before overrides: `digest` and `document`."""
        entry = self.state.record.base if self.state.record else None
        if entry is None:
            raise ValueError("a proof is only of what a record holds as a whole")
        return entry

    @property
    def commit(self) -> str | None:
        """The commit of the applied configuration, where known."""
        return self.state.record.commit if self.state.record else None


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """One field in both environments; an absent value is `MISSING`."""

    address: str  # as named in the destination
    field: str
    proven: Any
    live: Any
    desired: Any
    overridden: tuple[str, ...]  # the environments of the two with an override for it
    changes: bool  # whether `live` is not `desired`
    differs: bool  # whether `desired` is not `proven`


@dataclass(frozen=True, slots=True)
class Promotion:
    """A promotion's plan beside the changes: all managed fields, and paths left that differ in the file at hand."""

    proof: Evidence
    conditions: tuple[Condition, ...]
    rows: tuple[FieldComparison, ...]
    left: tuple[str, ...]


def conditions(
    proof: Evidence, soak: timedelta, waivers: Sequence[Waiver], now: datetime, remedies: Mapping[Name, str]
) -> tuple[Condition, ...]:
    """Judge every condition, at a moment in UTC."""
    by_name = {item.condition: item for item in waivers}
    results = []
    for name, (met, summary) in _judged(proof, soak, now):
        waiver = None if met else by_name.get(name)
        status = Status.MET if met else Status.WAIVED if waiver else Status.UNMET
        results.append(Condition(name, status, summary, "" if met else remedies[name], waiver))
    return tuple(results)


def _judged(proof: Evidence, soak: timedelta, now: datetime) -> Iterator[tuple[Name, tuple[bool, str]]]:
    yield Name.DRIFT, _drift(proof)
    yield Name.VERIFIED, _verified(proof)
    yield Name.EXPECTATIONS, _expectations(proof)
    yield Name.SOAK, _soak(proof, soak, now)


def _drift(proof: Evidence) -> tuple[bool, str]:
    if not proof.drifted:
        return True, "everything is as it was applied"
    return False, f"not as it was applied: {'; '.join(proof.drifted)}"


def _verified(proof: Evidence) -> tuple[bool, str]:
    record = proof.state.record
    entry = record.verification if record else None
    if record is None or entry is None:
        return False, "it was never verified"
    message = f"verified at {entry['at']} by {entry['by']}"
    if entry["digest"] != record.digest or entry["record_revision"] != record.revision:
        return False, f"the last verification was of something else ({message})"
    if entry["at"] < proof.since:
        return False, f"it was verified before it was last touched at {proof.since} ({message})"
    counts = entry["counts"]
    if not entry["passed"]:
        return False, f"{message}: {counts['failed']} of {sum(counts.values())} checks failed"
    how = "" if entry["observed"] else ", without logging anybody in"
    return True, f"{message}: {counts['passed']} checks passed{how}"


def _expectations(proof: Evidence) -> tuple[bool, str]:
    broken = [verdict for verdict in proof.verdicts if not verdict.holds]
    if broken:
        message = "; ".join(
            f"{verdict.person} {verdict.ability.replace('_', ' ')}: {verdict.reason}" for verdict in broken
        )
        return False, f"{len(broken)} of {len(proof.verdicts)} do not hold: {message}"
    return True, f"all {len(proof.verdicts)} hold" if proof.verdicts else "the file has none"


def _soak(proof: Evidence, soak: timedelta, now: datetime) -> tuple[bool, str]:
    if not soak:
        return True, f"live since {proof.since}; the file asks for no time"
    over = soaked_at(proof, soak)
    met = now >= over
    rest = "" if met else f", which is at {moment(over)}"
    return met, f"live since {proof.since}; the file asks for {span(soak)}{rest}"


def soaked_at(proof: Evidence, soak: timedelta) -> datetime:
    """Return the moment, UTC, at which the soak time is over."""
    return datetime.fromisoformat(proof.since).astimezone(UTC) + soak


def moment(at: datetime) -> str:
    """Format a moment for documents, in UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def span(time: timedelta) -> str:
    """Format a duration for files, in the largest exact unit."""
    seconds = int(time.total_seconds())
    unit, name = next(
        (size, name) for size, name in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s")) if not seconds % size
    )
    return f"{seconds // unit}{name}"


def unlike(base: Any, other: Any, path: str = "") -> Iterator[str]:
    """Yield the paths at which two files differ; a list is one value."""
    from reconciler.plan.compare.diff import same

    if isinstance(base, dict) and isinstance(other, dict):
        for key in sorted({*base, *other}):
            yield from unlike(base.get(key), other.get(key), f"{path}.{key}".removeprefix("."))
    elif not same(base, other):
        yield path

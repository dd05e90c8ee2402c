"""What a promotion is: what was proven where, under which conditions, and where environments differ. Pure."""

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
    """What has to be so where a configuration was proven."""

    DRIFT = "drift"
    """Nothing was changed there by anybody else since."""
    VERIFIED = "verified"
    """The last verification of exactly this passed."""
    EXPECTATIONS = "expectations"
    """What the file expects of people is so now."""
    SOAK = "soak"
    """It has been live for as long as the file asks."""


class Status(StrEnum):
    """How a condition stands."""

    MET = "met"
    UNMET = "unmet"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Waiver:
    """That somebody answers for a condition which is not met.

    Attributes:
        condition: Which one.
        by: Who.
        reason: Why.
    """

    condition: Name
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a promotion.

    Attributes:
        name: Which one.
        status: How it stands.
        summary: Why it is met or not.
        remedy: What would meet it; empty where it is met.
        waiver: Who answers for it not being met.
    """

    name: Name
    status: Status
    summary: str
    remedy: str = ""
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was applied in the environment that a promotion comes from, and how things stand there now.

    Attributes:
        environment: Its name.
        target: What its workspace is called in messages.
        state: What was observed there; its record holds the configuration.
        receipt: The receipt of the apply, whole.
        since: From when on nobody applied anything there, ISO 8601, UTC.
        drifted: What is not as it was applied, in words: one entry a field.
        verdicts: What the expectations that it was applied with find in the live settings.
    """

    environment: str
    target: str
    state: State
    receipt: Mapping[str, Any]
    since: str
    drifted: tuple[str, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def base(self) -> Mapping[str, Any]:
        """The configuration as it was applied, before overrides: `digest` and `document`."""
        entry = self.state.record.base if self.state.record else None
        if entry is None:
            raise ValueError("a proof is only of what a record holds as a whole")
        return entry

    @property
    def commit(self) -> str | None:
        """The commit that it came from, where one was known."""
        return self.state.record.commit if self.state.record else None


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """One field in both environments; a value that is not there is `MISSING`.

    Attributes:
        address: The object, as it is called in the environment that is promoted to.
        field: The field.
        proven: What is live in the environment that the promotion comes from.
        live: What is live in the one that it goes to.
        desired: What it will be there.
        overridden: The environments of the two whose overrides decide about it.
        changes: Whether it is not yet as it will be.
        differs: Whether it will be another value than where it was proven.
    """

    address: str
    field: str
    proven: Any
    live: Any
    desired: Any
    overridden: tuple[str, ...]
    changes: bool
    differs: bool


@dataclass(frozen=True, slots=True)
class Promotion:
    """Everything about a promotion that its plan tells besides the changes.

    Attributes:
        proof: Where it comes from.
        conditions: How each condition stands.
        rows: Every managed field in both environments.
        left: Settings that the file at hand says otherwise than what is promoted, by path.
    """

    proof: Evidence
    conditions: tuple[Condition, ...]
    rows: tuple[FieldComparison, ...]
    left: tuple[str, ...]


def conditions(
    proof: Evidence, soak: timedelta, waivers: Sequence[Waiver], now: datetime, remedies: Mapping[Name, str]
) -> tuple[Condition, ...]:
    """Return how every condition stands.

    Args:
        proof: What was applied, and how it is there now.
        soak: How long it has to have been live.
        now: The moment at which it is judged, UTC.
    """
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
    """Return when a configuration has been live for long enough, UTC."""
    return datetime.fromisoformat(proof.since).astimezone(UTC) + soak


def moment(at: datetime) -> str:
    """Return a moment in UTC as documents write it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def span(time: timedelta) -> str:
    """Return a length of time as a file writes it, in the largest unit that says it exactly."""
    seconds = int(time.total_seconds())
    unit, name = next(
        (size, name) for size, name in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s")) if not seconds % size
    )
    return f"{seconds // unit}{name}"


def unlike(base: Any, other: Any, path: str = "") -> Iterator[str]:
    """Yield the paths at which a file says something else than another, by their keys; a list is one value.

    Args:
        base: The values of the one.
    """
    from reconciler.plan.compare.diff import same

    if isinstance(base, dict) and isinstance(other, dict):
        for key in sorted({*base, *other}):
            yield from unlike(base.get(key), other.get(key), f"{path}.{key}".removeprefix("."))
    elif not same(base, other):
        yield path

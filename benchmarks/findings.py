"""What a measurement comes to."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.processes import Spent


@dataclass(frozen=True)
class Limit:
    """A target: at most, or at least, a number."""

    number: float
    at_least: bool = False

    def holds(self, measured: float) -> bool:
        return measured >= self.number if self.at_least else measured <= self.number

    def verdict(self, measured: float) -> str:
        return "met" if self.holds(measured) else "**missed**"

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.number:g}"


@dataclass(frozen=True)
class Spread:
    """The middle of several values, and how far they reach: the quarters below and above it."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, _, high = quantiles(values, n=4, method="inclusive")
        return cls(median(values), low, high)


@dataclass(frozen=True)
class Ratio:
    """How much of what something else takes the work takes, in one round.

    Attributes:
        work: What is done.
        against: What it is compared with.
        clock: By the clock; for rates, how much faster.
        processor: By processor time; None where that says nothing.
        memory: By memory at most; None where that says nothing.
        seconds: What the work took by the clock, in the middle; only the ratios can be compared between machines.
        rounds: How many rounds.
        limit: The target; None where there is none.
    """

    work: str
    against: str
    clock: Spread
    processor: Spread | None
    memory: Spread | None
    seconds: float
    rounds: int
    limit: Limit | None


@dataclass(frozen=True)
class Amount:
    """Something counted or summed up that needs no comparison, with what peers came to.

    Attributes:
        work: What is done.
        unit: What is counted.
        ours: How many.
        peers: How many of a peer, by its name.
        limit: The target; None where there is none.
    """

    work: str
    unit: str
    ours: float
    peers: Mapping[str, float]
    limit: Limit | None


@dataclass(frozen=True)
class Curve:
    """How something grows: for each name, its points.

    Attributes:
        title: What is done.
        across: What grows from left to right.
        unit: What grows from bottom to top.
        points: For each name, pairs of both.
    """

    title: str
    across: str
    unit: str
    points: Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True)
class Load:
    """How a server answered over so many connections at a time; the middle of all rounds.

    Attributes:
        work: What was asked.
        where: What was asked for it: which database, how many worker processes.
        connections: Over how many connections.
        rate: Answers a second.
        waits: How long an answer took, in milliseconds: half of them at most the first, 95 and 99 in a hundred at most
            the others.
    """

    work: str
    where: str
    connections: int
    rate: float
    waits: tuple[float, float, float]


@dataclass(frozen=True)
class NotMeasured:
    """Work that was not measured, and why."""

    work: str
    why: str


@dataclass(frozen=True)
class Part:
    """What one part of the measurements took.

    Attributes:
        name: The module that measures it.
        began: When it began, as in 2026-03-01 14:05, in UTC.
        seconds: How long it took by the clock.
        load: How many processes wanted a core, on average of a minute, before and after.
    """

    name: str
    began: str
    seconds: float
    load: tuple[float, float]


Finding = Ratio | Amount | Curve | Load | NotMeasured | Part


def ratio(work: str, taken: Mapping[str, list[Spent]], ours: str, against: str, limit: Limit | None = None) -> Ratio:
    """Return how what is called `ours` compares with what is called `against`, round by round."""
    pairs = list(zip(taken[ours], taken[against], strict=True))
    return Ratio(
        work,
        against,
        Spread.of([one.clock / other.clock for one, other in pairs]),
        Spread.of([one.processor / other.processor for one, other in pairs]),
        Spread.of([one.memory / other.memory for one, other in pairs]),
        median(one.clock for one, _ in pairs),
        len(pairs),
        limit,
    )

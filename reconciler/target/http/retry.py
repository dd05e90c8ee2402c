"""Retry requests until they are answered or time is up.

A question, and a write that names its step and so is done once, are sent until they are answered. Any other write is
sent again only where it surely was not done: the connection was never made, or the answer was 429 or 503, with which a
workspace says that it has not begun.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from reconciler.target.http.message import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

NOT_BEGUN = (429, 503)
"""Statuses of a workspace that has changed nothing."""
MIDWAY = (500, 502, 504)
"""Statuses of a failure that may have changed something before."""
UNSETTLED = (401, 403, 409, 423)
"""Refusals that come before a repeated write is recognised: they say nothing about the first attempt."""
SHORTEST_ATTEMPT = 1.0
"""Seconds that must be left for another attempt: with less it would be cut off before it could be answered."""
_LONGEST_PAUSE = 86_400.0
"""Seconds. A longer wait is a mistake, or a way to stop a build for good."""
MOST_ODD = 5
"""The most retries of an answer that is a mistake rather than an outage: it will mostly stay one."""


class Response(Protocol):
    """An answer, as far as it decides on another attempt."""

    @property
    def status_code(self) -> int:
        """Its status in HTTP."""

    @property
    def is_success(self) -> bool:
        """Whether that is one of success."""

    @property
    def headers(self) -> Any:
        """Its headers, whatever the case of their names."""


A = TypeVar("A", bound=Response)
R_contra = TypeVar("R_contra", contravariant=True)
A_co = TypeVar("A_co", bound=Response, covariant=True)


class Line(Protocol[R_contra, A_co]):
    """Sends a request once."""

    def attempt(self, request: R_contra, *, seconds: float, connect: float, largest: int) -> A_co | NoAnswer:
        """Send a request and return the whole answer; limits in seconds, and bytes of the answer."""

    def close(self) -> None:
        """Close connections."""


class Idempotency(Enum):
    """The effect of a request that arrives twice."""

    QUESTION = auto()
    """Nothing that matters: it reads, or is recognised and told the same again."""
    STEP = auto()
    """It changes something, once: the workspace recognises it."""
    WRITE = auto()
    """It changes something each time."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits of a request: times in seconds, and the size of its answer in bytes."""

    whole: float = 60.0  # with every attempt and every wait; 0 for one attempt
    first: float = 5.0  # retries while the workspace has not answered at all: its address may be wrong
    attempt: float = 30.0  # an access comparison in a large workspace takes the longest
    connect: float = 5.0
    shortest: float = 0.2  # the first wait, at most
    longest: float = 5.0  # any wait that the workspace did not ask for, at most
    largest: int = 64 * 1024 * 1024  # the body of an answer


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The place of a workspace, without credentials; `transport` makes one in place of the network."""

    name: str
    base_url: str
    transport: Callable[[], httpx.BaseTransport] | None = None
    limits: Timeouts = field(default_factory=Timeouts)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[A]):
    """The end of a request; `uncertain` if an attempt may have changed something. Times are seconds."""

    last: A | NoAnswer
    tries: int
    seconds: float
    uncertain: bool
    pause: float = 0.0


class _Fate(Enum):
    """The effect of an attempt on the workspace."""

    ANSWERED = auto()
    UNTOUCHED = auto()
    UNKNOWN = auto()


class RetryingClient(Generic[R_contra, A]):
    """Sends requests until they are answered or time is up."""

    def __init__(
        self,
        line: Line[R_contra, A],
        limits: Timeouts,
        readable: Callable[[A], bool],
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,  # so that those who wait do not come back all at once
    ) -> None:
        """Bind the client to its limits; sends nothing yet. `readable` checks the form of a successful answer."""
        self._line = line
        self._limits, self._readable = limits, readable
        self._sleep, self._clock, self._draw = sleep, clock, draw
        self._met = False
        self._free_at = clock()

    def send(self, request: R_contra, idempotency: Idempotency) -> Outcome[A]:
        """Send a request until it is answered or time is up; `care` decides on repeating it."""
        began = self._clock()
        ends = began + (self._limits.whole if self._met else min(self._limits.first, self._limits.whole))
        answers: list[A | NoAnswer] = []
        while True:
            self._keep_to_the_rate(ends)
            answers.append(self._attempt(request, began + self._limits.whole))
            pause = pause_of(answers[-1])
            # Doubling from one attempt to the next; drawn, so that those who failed together do not return together.
            spread = min(self._limits.longest, self._limits.shortest * 2 ** (len(answers) - 1))
            wait = pause + self._draw() * spread
            if not self._again(answers, idempotency) or self._clock() + wait + SHORTEST_ATTEMPT > ends:
                uncertain = idempotency is not Idempotency.QUESTION and self._uncertain(answers)
                return Outcome(answers[-1], len(answers), self._clock() - began, uncertain, pause)
            self._sleep(wait)

    def close(self) -> None:
        """Close connections."""
        self._line.close()

    def _attempt(self, request: R_contra, ends: float) -> A | NoAnswer:
        limits = self._limits
        left = ends - self._clock()
        seconds = min(limits.attempt, left) if left > 0 else limits.attempt
        attempt = self._line.attempt(request, seconds=seconds, connect=limits.connect, largest=limits.largest)
        if not isinstance(attempt, NoAnswer):
            self._free_at = self._clock() + _until_the_next_window(attempt)
            self._met = self._met or self._fate(attempt) is _Fate.ANSWERED
        return attempt

    def _keep_to_the_rate(self, ends: float) -> None:
        """Wait for the rate limit, where the workspace said that this was the last request for now."""
        now = self._clock()
        # Waiting for the whole of what is left would end the request unsent; then the workspace may say it itself.
        if (wait := min(self._free_at - now, (ends - now) / 2)) > 0:
            self._sleep(wait)

    def _fate(self, answer: A | NoAnswer) -> _Fate:
        if isinstance(answer, NoAnswer):
            return _Fate.UNKNOWN if answer.sent else _Fate.UNTOUCHED
        if answer.status_code in NOT_BEGUN:
            return _Fate.UNTOUCHED
        if answer.status_code in MIDWAY or self._is_odd(answer):
            return _Fate.UNKNOWN
        return _Fate.ANSWERED

    def _is_odd(self, answer: A | NoAnswer) -> bool:
        """Tell whether an answer is a mistake of its sender."""
        if isinstance(answer, NoAnswer):
            return False
        return answer.status_code == 500 or (answer.is_success and not self._readable(answer))  # noqa: PLR2004 (HTTP's)

    def _again(self, answers: Sequence[A | NoAnswer], idempotency: Idempotency) -> bool:
        fate = self._fate(answers[-1])
        if fate is _Fate.ANSWERED or (fate is _Fate.UNKNOWN and idempotency is Idempotency.WRITE):
            return False
        if isinstance(answers[-1], NoAnswer) and answers[-1].lasting:
            return False
        return sum(map(self._is_odd, answers)) < MOST_ODD

    def _uncertain(self, answers: Sequence[A | NoAnswer]) -> bool:
        """Tell whether an attempt of unknown end may have changed something."""
        last = answers[-1]
        if not isinstance(last, NoAnswer) and self._fate(last) is _Fate.ANSWERED:
            settled = last.status_code not in UNSETTLED
        else:
            settled = False
        return not settled and any(self._fate(item) is _Fate.UNKNOWN for item in answers)


def pause_of(answer: Response | NoAnswer) -> float:
    """Return the seconds that an answer asks to wait, whatever its clock shows; 0 without an answer."""
    header = "" if isinstance(answer, NoAnswer) else answer.headers.get("Retry-After", "")
    if isinstance(answer, NoAnswer) or not header:
        return 0.0
    seconds = float(header) if header.isdecimal() else _seconds_from_its_date(answer, _moment(header))
    return min(seconds, _LONGEST_PAUSE)


def _until_the_next_window(answer: Response) -> float:
    """Return the seconds until the next rate window, where an answer was the last of this one."""
    reset = answer.headers.get("X-RateLimit-Reset", "")
    if answer.headers.get("X-RateLimit-Remaining", "") != "0" or not reset.isdecimal():
        return 0.0
    return _seconds_from_its_date(answer, float(reset))


def _seconds_from_its_date(answer: Response, moment: float | None) -> float:
    """Return the seconds from an answer to a moment, both by the sender's clock."""
    date = _moment(answer.headers.get("Date", ""))
    return max(0.0, moment - date) if moment is not None and date is not None else 0.0


def _moment(text: str) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None

"""The limit on a token's requests in each window of ten seconds, of which each server process remembers one."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

WINDOW = 10
"""The length of a window in seconds."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The count of a token in a window: limit, rest, reset in seconds since 1970, and `exceeded` if one too many."""

    limit: int
    remaining: int
    reset: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        """Return the headers for the caller."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


@dataclass(slots=True)
class RateLimiter:
    """Counts the requests of every token; `limit` is the most of a window."""

    limit: int
    _window: int = 0
    _counted: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, token: str, now: int) -> Standing:
        """Count one request of a token; `now` is in seconds since 1970."""
        window = now // WINDOW
        with self._lock:
            if window != self._window:
                self._window, self._counted = window, Counter()
            self._counted[token] += 1
            made = self._counted[token]
        return Standing(self.limit, max(self.limit - made, 0), (window + 1) * WINDOW, made > self.limit)


def per_window(per_minute: int) -> int:
    """Return the limit of a window from the limit of a minute; at least one."""
    return max(1, -(-per_minute * WINDOW // 60))

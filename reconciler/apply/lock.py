"""The lock on a configuration: one apply at a time, and none that outlives its lease.

The workspace checks each lease's fence, a number that only goes up, with every write: whoever was asleep while the
lease passed on can change nothing any more. Beside it stands a random id: numbers come again where a workspace is
restored from a backup.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.core.errors import Locked, PortalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.target.protocol import Target

SHORTEST, LONGEST = 5, 3600
"""The bounds of a lease, in seconds."""
_PAUSE = 1.0
"""Seconds between two attempts at a lock."""


@dataclass(frozen=True, slots=True)
class LockRequest:
    """A request for a lock, shown to others with its holder; `ttl` and `wait` are seconds."""

    holder: str
    reason: str
    ttl: int = 120
    wait: float = 0.0


class Lease:
    """A held lock."""

    def __init__(self, target: Target, granted: Mapping[str, Any], ttl: int, renewed_at: float) -> None:
        self._granted = granted
        self._target, self._ttl, self._renewed = target, ttl, renewed_at

    @property
    def mark(self) -> str:
        """The mark that every write under this lock carries."""
        return f"{self._granted['name']}/{self._granted['fence']}/{self._granted['id']}"

    def renew_if_due(self) -> None:
        """Renew the lease after a third of its time; raise LeaseLost if it was broken, or is somebody else's."""
        now = time.monotonic()
        if now - self._renewed > self._ttl / 3:
            self._target.renew_lease(self._granted, self._ttl)
            self._renewed = now

    def release(self) -> None:
        """Release the lease; where that fails, it expires."""
        try:
            self._target.release_lease(self._granted)
        except PortalError:
            return


def take(target: Target, name: str, request: LockRequest, *, should_stop: Callable[[], bool] = lambda: False) -> Lease:
    """Take the lock of a configuration; raise Locked if it is not released in time, or WorkspaceUnusable."""
    body = {"id": secrets.token_urlsafe(16), "holder": request.holder, "reason": request.reason, "ttl": request.ttl}
    deadline = time.monotonic() + request.wait
    while True:
        began = time.monotonic()
        try:
            granted = {**target.take_lease(name, body), "id": body["id"]}
            return Lease(target, granted, request.ttl, began)
        except Locked:
            if began + _PAUSE > deadline or should_stop():
                raise
            time.sleep(_PAUSE)

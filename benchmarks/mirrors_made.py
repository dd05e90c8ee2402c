"""One whole sweep of a made-up vendor's people, in a process of its own; prints what it took as JSON."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.upstream.crowd import BEGAN, Crowd
from workspace.database import engine as db
from workspace.upstream import observing
from workspace.upstream.intercom.api import Account, Api
from workspace.upstream.intercom.workspace import Intercom
from workspace.upstream.mirror import DAY, Mirror
from workspace.upstream.protocol import MirroredAttributes

if TYPE_CHECKING:
    import httpx

_NOW = BEGAN + 100 * DAY


class _Watched(Crowd):
    """A vendor that notes the memory of this process before each answer, and the processor time of its answers."""

    own = 0
    seconds = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.own = max(self.own, _mebibytes("RssAnon"))
        began = time.process_time()
        try:
            return super().handle_request(request)
        finally:
            self.seconds += time.process_time() - began


def main(people: str, file: str) -> None:
    engine = db.engine_for(Path(file))
    db.migrate(engine)
    vendor = _Watched(people=int(people), companies=int(people) // 20)
    upstream = Intercom(Api(Account("us", "of nobody"), transport=vendor), lambda: _NOW)
    observing.look(engine, upstream)
    began, before = time.process_time(), vendor.seconds
    desired = MirroredAttributes(frozenset({"seats"}), frozenset({"plan_tier"}))
    state = Mirror(engine, upstream).refresh(desired, _NOW)
    seconds = time.process_time() - began - (vendor.seconds - before)
    engine.dispose()
    if not state.complete:
        raise SystemExit(f"the mirror is not complete: {state.reason}")
    taken = {"calls": vendor.calls, "seconds": round(seconds, 1), "own": vendor.own, "whole": _mebibytes("VmHWM")}
    print(json.dumps(taken))


def _mebibytes(name: str) -> int:
    """Return a number of /proc/self/status."""
    return int(Path("/proc/self/status").read_text(encoding="ascii").partition(f"{name}:")[2].split()[0]) // 1024

"""The cost of mirroring people, in processes of their own: few by default, and PORTAL_SCALE=100000 for many."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from tests.support.sample import ROOT

PEOPLE = int(os.environ.get("PORTAL_SCALE", "3000"))
_MORE = 4
PROGRAM = """
import json, sys, tempfile, time
from pathlib import Path
from tests.support.upstream.crowd import BEGAN, Crowd
from tests.support.upstream.vendor import Clock, api
from workspace.database import engine as db
from workspace.upstream import observing
from workspace.upstream.intercom.workspace import Intercom
from workspace.upstream.mirror import DAY, Mirror
from workspace.upstream.protocol import MirroredAttributes

own = []

class Watched(Crowd):
    def handle_request(self, request):
        # Without what is mapped of the database's file: that is the system's cache, and goes when others need room.
        own.append(int(Path("/proc/self/status").read_text().partition("RssAnon:")[2].split()[0]) // 1024)
        return super().handle_request(request)

people, now = int(sys.argv[1]), BEGAN + 100 * DAY
with tempfile.TemporaryDirectory() as folder:
    engine = db.engine_for(Path(folder) / "mirror.db")
    db.migrate(engine)
    crowd = Watched(people=people, companies=people // 20)
    upstream = Intercom(api(crowd, Clock(now)), lambda: now)
    observing.look(engine, upstream)
    began = time.process_time()
    state = Mirror(engine, upstream).refresh(MirroredAttributes(frozenset({"seats"}), frozenset({"plan_tier"})), now)
    seconds = time.process_time() - began
    engine.dispose()
# The usage that the system tells at the end counts what the process had that began this one.
whole = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024
print(json.dumps(dict(complete=state.complete, calls=crowd.calls, seconds=seconds, megabytes=whole, own=max(own))))
"""


def mirrored(people: int) -> dict[str, Any]:
    command = [sys.executable, "-c", PROGRAM, str(people)]
    contents: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    assert contents["complete"]
    return contents


def test_mirroring_many_people_takes_few_calls_little_time_and_little_memory() -> None:
    found = mirrored(PEOPLE)
    # The processor's time counts the making of the answers, too.
    assert found["calls"] <= 850 * PEOPLE / 100_000 + 10
    assert found["seconds"] <= 60 * PEOPLE / 100_000 + 2
    assert found["megabytes"] <= 300


def test_memory_does_not_grow_with_the_people() -> None:
    few, many = mirrored(PEOPLE), mirrored(_MORE * PEOPLE)
    assert many["own"] <= few["own"] + 5

"""The cost of mirroring 100,000 people, in a process of its own. Slow: PORTAL_SCALE=100000 runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.sample import ROOT

PEOPLE = int(os.environ.get("PORTAL_SCALE", "0"))
PROGRAM = """
import json, resource, sys, tempfile, time
from pathlib import Path
from tests.upstream.crowd import BEGAN, Crowd
from tests.upstream.vendor import Clock, api
from workspace.database import engine as db
from workspace.upstream import observing
from workspace.upstream.intercom.workspace import Intercom
from workspace.upstream.mirror import DAY, Mirror
from workspace.upstream.protocol import Wanted

people, now = int(sys.argv[1]), BEGAN + 100 * DAY
with tempfile.TemporaryDirectory() as folder:
    engine = db.engine_for(Path(folder) / "mirror.db")
    db.migrate(engine)
    crowd = Crowd(people=people, companies=people // 20)
    upstream = Intercom(api(crowd, Clock(now)), lambda: now)
    observing.look(engine, upstream)
    began = time.process_time()
    state = Mirror(engine, upstream).refresh(Wanted(frozenset({"seats"}), frozenset({"plan_tier"})), now)
    seconds = time.process_time() - began
    engine.dispose()
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"complete": state.complete, "calls": crowd.calls, "seconds": seconds, "megabytes": memory}))
"""


@pytest.mark.skipif(not PEOPLE, reason="takes a minute: PORTAL_SCALE=100000 runs it")
def test_mirroring_many_people_takes_few_calls_little_time_and_little_memory() -> None:
    command = [sys.executable, "-c", PROGRAM, str(PEOPLE)]
    found = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    assert found["complete"]
    # The processor's time counts the making of the answers, too.
    assert found["calls"] <= 850 * PEOPLE / 100_000 + 10
    assert found["seconds"] <= 60 * PEOPLE / 100_000 + 2
    assert found["megabytes"] <= 300

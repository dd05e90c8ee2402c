"""The cost of mirroring people, in processes of their own: few by default, and PORTAL_SCALE=100000 for many."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.support.sample import ROOT

if TYPE_CHECKING:
    from pathlib import Path

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


SWEEP = """
import hashlib, os, signal, sys
from pathlib import Path
from sqlalchemy import select
from tests.support.upstream.crowd import BEGAN, Crowd
from tests.support.upstream.vendor import Clock, api
from workspace.database import engine as db
from workspace.database import tables
from workspace.upstream import observing
from workspace.upstream.intercom.workspace import Intercom
from workspace.upstream.mirror import DAY, Mirror
from workspace.upstream.protocol import MirroredAttributes

people, file, dies_after = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])

class Mortal(Crowd):
    def handle_request(self, request):
        if self.calls == dies_after:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().handle_request(request)

now = BEGAN + 100 * DAY
engine = db.engine_for(file)
db.migrate(engine)
upstream = Intercom(api(Mortal(people=people, companies=people // 20), Clock(now)), lambda: now)
observing.look(engine, upstream)
attributes = MirroredAttributes(frozenset({"seats"}), frozenset({"plan_tier"}))
assert Mirror(engine, upstream).refresh(attributes, now).complete
digest = hashlib.sha256()
kept = "contacts", "companies", "memberships", "contact_tags", "contact_values", "company_values", "tags"
with db.reading(engine) as connection:
    for name in kept:
        table = getattr(tables, name)
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
            digest.update(repr(tuple(row)).encode())
engine.dispose()
print(digest.hexdigest())
"""


def mirrored(people: int) -> dict[str, Any]:
    command = [sys.executable, "-c", PROGRAM, str(people)]
    contents: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    assert contents["complete"]
    return contents


def test_mirroring_many_people_takes_few_calls_little_time_and_little_memory() -> None:
    measured = mirrored(PEOPLE)
    # The processor's time counts the making of the answers, too.
    assert measured["calls"] <= 850 * PEOPLE / 100_000 + 10
    assert measured["seconds"] <= 60 * PEOPLE / 100_000 + 2
    assert measured["megabytes"] <= 300


def test_memory_does_not_grow_with_the_people() -> None:
    few, many = mirrored(PEOPLE), mirrored(_MORE * PEOPLE)
    assert many["own"] <= few["own"] + 5


def test_a_process_that_is_killed_in_the_middle_leaves_what_the_next_one_makes_whole(tmp_path: Path) -> None:
    pages = PEOPLE // 150 + PEOPLE // 20 // 100

    def swept(name: str, dies_after: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", SWEEP, str(PEOPLE), str(tmp_path / name), str(dies_after)]
        return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)

    for dies_after in (pages // 10 + 4, pages // 2 + 4):
        assert swept("killed.db", dies_after).returncode == -signal.SIGKILL
    killed, fresh = swept("killed.db", -1), swept("fresh.db", -1)
    assert killed.returncode == fresh.returncode == 0, killed.stderr + fresh.stderr
    assert killed.stdout == fresh.stdout

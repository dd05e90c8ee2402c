"""One load of people, and its floor, in a process of its own; prints what both took as JSON."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

from benchmarks.crowds import sqlite_place
from benchmarks.growth import making, written_again
from workspace.serve import startup


def main(kept: str, people: str, folder: str) -> None:
    """Load so many people, and keep the file where `crowds` looks for it; `folder` has room for one more file."""
    place = sqlite_place(Path(kept), int(people))
    made, floor = place.with_suffix(".part"), Path(folder) / "floor.db"
    for old in (*place.parent.glob(f"{made.name}*"), *floor.parent.glob(f"{floor.name}*")):
        old.unlink()
    clock, processor = time.perf_counter(), time.process_time()
    startup.open_filled(made, None, people=int(people)).dispose()
    taken = {"clock": time.perf_counter() - clock, "processor": time.process_time() - processor}
    taken["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    made.rename(place)
    taken["making"] = making(int(people))
    taken["floor"] = written_again(place, floor)
    floor.unlink()
    print(json.dumps(taken))

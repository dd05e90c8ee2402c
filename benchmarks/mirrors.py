"""A million people of a vendor, mirrored into a SQLite file: calls, processor time and memory of one whole sweep.

The vendor is made up in the same process and answers at once, in the shapes that were recorded of the real one. So the
clock says nothing: over a network, the vendor's pages decide. Its own processor time is left out.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from benchmarks.findings import Amount, Limit
from benchmarks.places import ROOT, Stage
from benchmarks.processes import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.findings import Finding

PEOPLE = 1_000_000
"""They belong to a twentieth as many companies."""
_CALLS, _SECONDS, _MEMORY = Limit(7_500), Limit(600), Limit(300)
# The installed package comes first on the path, the benchmarks and the tests' vendor last.
_START = "import sys; sys.path.append(sys.argv.pop(1)); from benchmarks.mirrors_made import main; main(*sys.argv[1:])"


def measure(stage: Stage) -> Iterator[Finding]:
    taken = _taken(stage)
    work = f"a mirror of {PEOPLE:,} people at a vendor"
    yield Amount(work, "calls", taken["calls"], {}, _CALLS)
    yield Amount(work, "seconds of processor", taken["seconds"], {}, _SECONDS)
    yield Amount(work, "MiB at most, with the mapped part of the file", taken["whole"], {}, _MEMORY)
    yield Amount(work, "MiB of its own", taken["own"], {}, None)


def _taken(stage: Stage) -> dict[str, Any]:
    command = [str(stage.python), "-c", _START, str(ROOT), str(PEOPLE), str(stage.folder / "mirror.db")]
    ran = subprocess.run(command, cwd=stage.folder, env=clean_environment(), stdout=subprocess.PIPE, check=True)
    taken: dict[str, Any] = json.loads(ran.stdout)
    return taken

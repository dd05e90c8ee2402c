"""Pages of the console among a hundred thousand people: what each takes of the processor, previews apart."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

from benchmarks import people
from benchmarks.findings import Amount, Finding, Limit
from benchmarks.places import ROOT, Stage
from benchmarks.processes import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE = 100_000
_START = "import sys; sys.path.append(sys.argv.pop(1)); from benchmarks.console_asked import main; main(sys.argv[1:])"


def measure(stage: Stage) -> Iterator[Finding]:
    folder = stage.new_folder("console")
    (folder / ".portal").mkdir()
    database = folder / ".portal" / "workspace.db"
    shutil.copy(people.crowd(stage, PEOPLE), database)
    shutil.copy(ROOT / "examples" / "portal.yaml", folder)
    apply = [str(stage.portal), "apply", "--yes", "--allow", "widens_access"]
    subprocess.run(apply, cwd=folder, env=clean_environment(), check=True, capture_output=True)
    command = [str(stage.python), "-c", _START, str(ROOT), str(database), str(stage.fewer())]
    asked = subprocess.run(command, cwd=folder, env=clean_environment(), stdout=subprocess.PIPE, text=True, check=True)
    taken = json.loads(asked.stdout)
    slowest = max(taken, key=lambda page: taken[page])
    work = f"SQLite, 100,000 people: the slowest of {len(taken)} pages of the console, `{slowest}`"
    yield Amount(work, "milliseconds of processor", taken[slowest], {}, Limit(100))

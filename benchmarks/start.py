"""How long `portal` takes to start, against `python -c pass` and `python -c "import click"` of the same Python."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from benchmarks.findings import Finding, Limit, ratio
from benchmarks.places import ROOT, Stage
from benchmarks.processes import Command, interleaved, run

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOR = 'python -c "import click"'
BARE = "python -c pass"
_ROWS = {
    "portal --version": (Limit(1.5), None),
    "portal --help": (Limit(1.8), None),
    "portal validate, one valid file": (Limit(2.2), Limit(6)),
    "portal plan, embedded workspace, nothing to do": (Limit(6), None),
}
"""Each with its targets against both: click alone is four times `pass`."""


def measure(stage: Stage) -> Iterator[Finding]:
    folder = stage.new_folder("start")
    shutil.copy(ROOT / "examples" / "portal.yaml", folder)
    run(Command("portal apply", [stage.portal, "apply", "--yes", "--allow", "widens_access"], "Applied", folder=folder))
    commands = [
        Command(BARE, [stage.python, "-c", "pass"], folder=folder),
        Command(FLOOR, [stage.python, "-c", "import click"], folder=folder),
        Command("portal --version", [stage.portal, "--version"], "extras:", folder=folder),
        Command("portal --help", [stage.portal, "--help"], "portal VERB --help", folder=folder),
        Command("portal validate, one valid file", [stage.portal, "validate"], "portal.yaml is valid.", folder=folder),
        Command("portal plan, embedded workspace, nothing to do", [stage.portal, "plan"], "No changes.", folder=folder),
    ]
    taken = interleaved(commands, stage.rounds)
    for work, (limit, harder) in _ROWS.items():
        yield ratio(work, taken, work, FLOOR, limit)
        yield ratio(work, taken, work, BARE, harder)

"""How long `portal` takes to start, against `python -c "import click"` of the same installation."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from benchmarks.findings import Finding, Limit, ratio
from benchmarks.places import ROOT, Stage
from benchmarks.processes import Command, interleaved

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOR = 'python -c "import click"'
_ROWS = {
    "portal --version": Limit(1.5),
    "portal --help": Limit(1.8),
    "portal validate, one valid file": Limit(2.2),
}


def measure(stage: Stage) -> Iterator[Finding]:
    folder = stage.new_folder("start")
    shutil.copy(ROOT / "examples" / "portal.yaml", folder)
    commands = [
        Command(FLOOR, [stage.python, "-c", "import click"], folder=folder),
        Command("portal --version", [stage.portal, "--version"], "extras:", folder=folder),
        Command("portal --help", [stage.portal, "--help"], "portal VERB --help", folder=folder),
        Command("portal validate, one valid file", [stage.portal, "validate"], "portal.yaml is valid.", folder=folder),
    ]
    taken = interleaved(commands, stage.rounds)
    for work, limit in _ROWS.items():
        yield ratio(work, taken, work, FLOOR, limit)

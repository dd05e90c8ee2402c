"""From nothing to a live portal: what `make demo` does after the installation."""

from __future__ import annotations

import shutil
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.findings import Amount, Finding, Limit
from benchmarks.places import ROOT, Stage
from benchmarks.processes import Command, interleaved

if TYPE_CHECKING:
    from collections.abc import Iterator


def measure(stage: Stage) -> Iterator[Finding]:
    folder = stage.new_folder("made")
    shutil.copy(ROOT / "examples" / "portal.yaml", folder)
    command = Command(
        "make demo",
        [stage.portal, "apply", "-f", "portal.yaml", "--yes", "--allow", "widens_access"],
        "The tickets portal is live at",
        folder=folder,
        before=lambda: shutil.rmtree(folder / ".portal", ignore_errors=True),
    )
    taken = interleaved([command], stage.fewer())[command.name]
    seconds = median(one.processor for one in taken)
    work = "embedded, from nothing: `make demo` without the installation"
    yield Amount(work, "seconds of processor", round(seconds, 2), {}, Limit(3.0))

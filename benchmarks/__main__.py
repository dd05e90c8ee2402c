"""`make bench`: measure everything, and write RESULTS.md."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import places, report
from benchmarks.findings import NotMeasured
from benchmarks.places import ROOT, Stage

if TYPE_CHECKING:
    from benchmarks.findings import Finding

MEASUREMENTS = (
    "start",
    "plans",
    "terraform",
    "kubectl",
    "fleets",
    "made",
    "applies",
    "people",
    "load",
    "clusters",
)
"""The modules that measure something. Each is imported when it has its turn: Linux counts to the memory of a new
process what the one that began it had, so this one has to stay small."""


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    commit, busy = _commit(), os.getloadavg()[0]
    options.kept.mkdir(parents=True, exist_ok=True)
    bin_folder = options.installed or places.installed(options.kept)
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    findings: list[Finding] = []
    failed: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        stage = Stage(bin_folder, options.kept, Path(folder), options.rounds)
        for name in options.only or MEASUREMENTS:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            try:
                findings += import_module(f"benchmarks.{name}").measure(stage)
            except Exception as problem:  # noqa: BLE001 (whatever it is, it is told)
                # Half an hour of other parts must not be lost with it, nor may anybody overlook it.
                traceback.print_exc()
                failed.append(NotMeasured(f"all of {name}", f"it failed: {repr(problem)[:200]}"))
            under = report.Circumstances(day, commit, (busy, os.getloadavg()[0]))
            report.write([*findings, *failed], under, options.out)
    print(f"{options.out} is written.")
    return 1 if failed else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("only", nargs="*", choices=[[], *MEASUREMENTS], help="what to measure; everything if not said")
    parser.add_argument("--rounds", type=int, default=15, help="how often to run what is quick")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "RESULTS.md")
    parser.add_argument("--kept", type=Path, default=ROOT / ".bench", help="where virtual environments are kept")
    parser.add_argument("--installed", type=Path, help="programs to measure, instead of a fresh installation")
    return parser.parse_args(arguments)


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

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

from benchmarks import moved, places, report
from benchmarks.findings import NotMeasured
from benchmarks.places import ROOT, Stage

if TYPE_CHECKING:
    from benchmarks.findings import Finding

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
MEASUREMENTS = (
    "start",
    "plans",
    "terraform",
    "kubectl",
    "fleets",
    "made",
    "applies",
    "people",
    "mirrors",
    "console",
    "load",
    "growth",
    "clusters",
)
"""The modules that measure something. Each is imported when it has its turn: Linux counts to the memory of a new
process what the one that began it had, so this one has to stay small."""


QUICK = ("start", "made", "growth")
"""Those that take minutes, and need nothing that is not installed."""
QUICK_ROUNDS = 6


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    commit, busy = _commit(), os.getloadavg()[0]
    options.kept.mkdir(parents=True, exist_ok=True)
    bin_folder = options.installed or places.installed(options.kept)
    stored = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    findings: list[Finding] = []
    failed: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        stage = Stage(bin_folder, options.kept, Path(folder), options.rounds)
        for name in options.only or (QUICK if options.quick else MEASUREMENTS):
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
    if options.quick:
        print("\n".join(moved.lines(findings, stored, report.machine())) or "No row moved.")
    return 1 if failed else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("only", nargs="*", choices=[[], *MEASUREMENTS], help="what to measure; everything if not said")
    parser.add_argument("--rounds", type=int, default=15, help="how often to run what is quick")
    parser.add_argument("--quick", action="store_true", help="some minutes: which rows moved against RESULTS.md")
    parser.add_argument("--out", type=Path, help="the file to write; benchmarks/RESULTS.md, or .bench/QUICK.md")
    parser.add_argument("--kept", type=Path, default=ROOT / ".bench", help="where virtual environments are kept")
    parser.add_argument("--installed", type=Path, help="programs to measure, instead of a fresh installation")
    options = parser.parse_args(arguments)
    options.out = options.out or (options.kept / "QUICK.md" if options.quick else RESULTS)
    if options.quick:
        options.rounds = min(options.rounds, QUICK_ROUNDS)
    return options


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

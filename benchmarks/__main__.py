"""`make bench`: measure everything, part by part, and write RESULTS.md.

What a part comes to is kept by commit. A run that was interrupted goes on with the parts that are missing; after a
whole one the next begins anew. Single parts that are named are measured again, and merged.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import moved, parts, places, report
from benchmarks.findings import NotMeasured, Part
from benchmarks.places import ROOT, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.findings import Finding

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
MEASUREMENTS = {
    "start": 1,
    "applies": 2,
    "plans": 2,
    "growth": 2,
    "visible": 2,
    "fleets": 11,
    "filling": 6,
    "lists": 2,
    "load": 9,
    "people": 7,
    "made": 1,
    "console": 1,
    "terraform": 3,
    "mirrors": 5,
    "clusters": 4,
}
"""The modules that measure something, in their order, and about how many minutes each takes on two idle cores. What
takes no longer than the rest of the time is begun."""
QUICK = ("start", "made", "growth")
"""Those that take minutes, and need nothing that is not installed."""
QUICK_ROUNDS = 6


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    end = time.monotonic() + options.minutes * 60
    commit = _commit()
    folder = options.kept / "measured" / (f"{commit}-quick" if options.quick else commit)
    bin_folder = options.installed.absolute() if options.installed else places.installed(options.kept)
    if options.prepare:
        places.prepared(options.kept)
        return 0
    stored = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    every = QUICK if options.quick else tuple(MEASUREMENTS)
    names = options.only or missing(folder, every)
    folder.mkdir(parents=True, exist_ok=True)
    failed = False
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as empty:
        stage = Stage(bin_folder, options.kept, Path(empty), options.rounds)
        for name in names:
            left = end - time.monotonic()
            if left < MEASUREMENTS[name] * 60 and not options.only:
                (folder / f"{name}.jsonl").unlink(missing_ok=True)
                _say(f"{name} is left out: it takes {MEASUREMENTS[name]} minutes, and {left / 60:.0f} are left")
            else:
                _say(f"measuring {name}, about {MEASUREMENTS[name]} minutes; {left / 60:.0f} are left")
                failed = not parts.run(name, stage, folder / f"{name}.jsonl", left) or failed
            report.write(_findings(folder, every), _under(commit, folder), options.out)
    print(f"{options.out} is written.")
    if options.quick:
        print("\n".join(moved.lines(_findings(folder, every), stored, report.machine())) or "No row moved.")
    return 1 if failed else 0


def missing(folder: Path, every: Sequence[str]) -> list[str]:
    """Return the parts that are still to be measured; after a whole run, all of them."""
    left = [name for name in every if not parts.is_whole(folder / f"{name}.jsonl")]
    if not left:
        shutil.rmtree(folder)
        return list(every)
    if len(left) < len(every):
        _say(f"going on with what is missing: {', '.join(left)}")
    return left


def _findings(folder: Path, every: Sequence[str]) -> list[Finding]:
    found: list[Finding] = []
    for name in every:
        of_part = parts.kept(folder / f"{name}.jsonl")
        found += of_part or [NotMeasured(f"all of {name}", "it has not been measured, or the time was over")]
    return found


def _under(commit: str, folder: Path) -> report.Circumstances:
    """Return the circumstances of everything that was measured, from the first part to the last."""
    of_parts = [one for file in folder.glob("*.jsonl") for one in parts.kept(file) if isinstance(one, Part)]
    load = os.getloadavg()[0]
    if not of_parts:
        return report.Circumstances(datetime.now(UTC).strftime("%Y-%m-%d"), commit, (load, load))
    first = min(of_parts, key=lambda one: one.began)
    return report.Circumstances(first.began.split()[0], commit, (first.load[0], load))


def _say(line: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {line}", file=sys.stderr, flush=True)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "only", nargs="*", choices=[[], *MEASUREMENTS], help="what to measure; what is missing if not said"
    )
    parser.add_argument("--rounds", type=int, default=15, help="how often to run what is quick")
    parser.add_argument(
        "--minutes", type=float, default=55, help="when to end; a part that would take longer is left out"
    )
    parser.add_argument("--quick", action="store_true", help="some minutes: which rows moved against RESULTS.md")
    parser.add_argument(
        "--prepare", action="store_true", help="only install what the measurements need, ours and peers"
    )
    parser.add_argument("--out", type=Path, help="the file to write; benchmarks/RESULTS.md, or .bench/QUICK.md")
    parser.add_argument("--kept", type=Path, default=ROOT / ".bench", help="where installations and parts are kept")
    parser.add_argument("--installed", type=Path, help="programs to measure, instead of a fresh installation")
    options = parser.parse_args(arguments)
    options.kept = options.kept.resolve()
    options.out = options.out or (options.kept / "QUICK.md" if options.quick else RESULTS)
    if options.quick:
        options.rounds = min(options.rounds, QUICK_ROUNDS)
    return options


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("interrupted: what was measured is kept, and the next run goes on from there")

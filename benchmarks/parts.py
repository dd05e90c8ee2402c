"""One part of the measurements: run in a process of its own, and each finding kept as soon as there is one.

So a run that is interrupted loses at most the part that it was in, and a part that hangs ends in time.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import cluster
from benchmarks.findings import Amount, Curve, Finding, Limit, Load, NotMeasured, Part, Ratio, Spread
from benchmarks.places import ROOT, Stage

_KINDS = {kind.__name__: kind for kind in (Ratio, Amount, Curve, Load, NotMeasured, Part)}
_NESTED: dict[str, Any] = {
    **dict.fromkeys(("clock", "processor", "memory"), lambda found: Spread(**found)),
    "limit": lambda found: Limit(**found),
    "load": tuple,
    "waits": tuple,
}
_END_SECONDS = 60


def kept(file: Path) -> list[Finding]:
    """Return the findings of a part that was measured, or the first of one that was not to the end."""
    if not file.exists():
        return []
    return [_read(line) for line in file.read_text(encoding="utf-8").splitlines()]


def is_whole(file: Path) -> bool:
    """Whether a part was measured to its end, and nothing failed."""
    return any(isinstance(one, Part) for one in kept(file))


def run(name: str, stage: Stage, file: Path, seconds: float) -> bool:
    """Measure a part within so many seconds, keep its findings in `file`, and return whether it came to its end."""
    command = [sys.executable, "-m", "benchmarks.parts", name, str(stage.bin), str(stage.peers), str(stage.rounds)]
    file.unlink(missing_ok=True)
    with subprocess.Popen([*command, str(file)], cwd=ROOT) as measuring:
        try:
            measuring.wait(timeout=max(seconds, 1))
        except (subprocess.TimeoutExpired, KeyboardInterrupt) as problem:
            _end(measuring)
            cluster.stop(stage.peers)
            if isinstance(problem, KeyboardInterrupt):
                raise
            keep(file, NotMeasured(f"the rest of {name}", "the time of the whole run was over"))
    return is_whole(file)


def told(one: Finding) -> str:
    """Return a finding in a line."""
    if isinstance(one, Ratio):
        limit = f", {one.limit} {one.limit.verdict(one.clock.middle)}" if one.limit else ""
        return f"{one.work} against {one.against}: {one.clock.middle:.2f}{limit}"
    if isinstance(one, Amount):
        limit = f", {one.limit} {one.limit.verdict(one.ours)}" if one.limit else ""
        return f"{one.work}: {one.ours:g} {one.unit}{limit}"
    if isinstance(one, NotMeasured):
        return f"not measured: {one.work}: {one.why}"
    return f"{one.name}: {one.seconds:.0f} s" if isinstance(one, Part) else ""


def main(arguments: list[str]) -> int:
    """Measure one part in this process: its name, where programs and peers are, how many rounds, the file to fill."""
    name, programs, peers, rounds, file = arguments
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began, load = time.monotonic(), os.getloadavg()[0]
    day = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        stage = Stage(Path(programs), Path(peers), Path(folder), int(rounds))
        try:
            for one in import_module(f"benchmarks.{name}").measure(stage):
                keep(Path(file), one)
                _say(told(one))
        except Exception as problem:  # noqa: BLE001 (whatever it is, it is told)
            # The other parts must not be lost with it, nor may anybody overlook it.
            traceback.print_exc()
            keep(Path(file), NotMeasured(f"the rest of {name}", f"it failed: {repr(problem)[:200]}"))
            return 1
    part = Part(name, day, round(time.monotonic() - began, 1), (load, os.getloadavg()[0]))
    keep(Path(file), part)
    _say(told(part))
    return 0


def _say(line: str) -> None:
    if line:
        print(f"{datetime.now(UTC):%H:%M:%S}   {line}", file=sys.stderr, flush=True)


def keep(file: Path, one: Finding) -> None:
    """Keep one more finding of a part."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"kind": type(one).__name__, **asdict(one)}) + "\n")


def _read(line: str) -> Finding:
    fields = json.loads(line)
    kind = _KINDS[fields.pop("kind")]
    read = {
        name: _NESTED[name](value) if name in _NESTED and value is not None else value for name, value in fields.items()
    }
    finding: Finding = kind(**read)
    return finding


def _end(measuring: subprocess.Popen[bytes]) -> None:
    """Let a part end its servers; kill it where it does not."""
    with suppress(ProcessLookupError):
        measuring.send_signal(signal.SIGINT)
    try:
        measuring.wait(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        measuring.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

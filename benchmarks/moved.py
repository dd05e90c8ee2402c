"""Which rows moved against the stored results of the same kind of machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks.findings import Ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.findings import Finding

MOVED = 1.25
"""A row moved that is so many times what it was, or what it was is so many times of it."""
_MACHINE = re.compile(r"; (\d+ cores, [^.]*, Python \d+\.\d+)")
_RATIO = re.compile(r"\s*([0-9.]+) \(")


def lines(findings: Sequence[Finding], stored: str, machine: str) -> Iterator[str]:
    """Yield a line for each row that moved, or that nobody measured before.

    Args:
        findings: What was measured now.
        stored: The text of the stored results.
        machine: This machine, as the results describe one.
    """
    known = _MACHINE.search(stored)
    here = _MACHINE.search(f"; {machine}")
    if known is None or here is None or known[1] != here[1]:
        yield f"The stored results are of another machine ({known[1] if known else 'unknown'}): nothing is compared."
        return
    before = dict(_rows(stored))
    for one in findings:
        if not isinstance(one, Ratio):
            continue
        was, now = before.get((one.work, one.against)), (one.processor or one.clock).middle
        if was is None:
            yield f"new    {one.work} against {one.against}: {now:.2f}"
        elif now > was * MOVED:
            yield f"slower {one.work} against {one.against}: {was:.2f} -> {now:.2f}"
        elif now * MOVED < was:
            yield f"faster {one.work} against {one.against}: {was:.2f} -> {now:.2f}"


def _rows(stored: str) -> Iterator[tuple[tuple[str, str], float]]:
    for line in stored.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        # Processor time, where it says something, moves less than the clock.
        found = next((found for cell in (cells[5:6] + cells[2:3]) if (found := _RATIO.match(cell))), None)
        if line.startswith("| ") and found is not None:
            yield (cells[0], cells[1]), float(found[1])

"""RESULTS.md, with a picture of each curve beside it."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.findings import Amount, Curve, Finding, Limit, Load, NotMeasured, Part, Ratio, Spread
from benchmarks.picture import svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_HEAD = """\
# Results

Made by `make bench`; how to read it: [docs/performance.md](../docs/performance.md). A ratio is the median over rounds
of ours divided by the other in the same round; in brackets the quarters below and above. Seconds are of this one run
and machine. Every output was checked; a run with an error ends its part of the measurement, which then
is named among what was not measured.
"""


def machine() -> str:
    """Return of what kind this machine is."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


@dataclass(frozen=True)
class Circumstances:
    """Under which circumstances was measured.

    Attributes:
        day: The day, as in 2026-03-01.
        commit: What was checked out.
        load: How many processes wanted a core, on average of a minute, before and after.
    """

    day: str
    commit: str
    load: tuple[float, float]

    def lines(self) -> str:
        before, after = self.load
        return (
            f"\n{self.day}, commit {self.commit}; {machine()}. "
            f"Load {before:.1f} before and {after:.1f} after: "
            f"what is above the number of cores is somebody else's work.\n"
        )


def write(findings: Sequence[Finding], under: Circumstances, out: Path) -> None:
    """Write the results to `out`, and pictures beside it."""
    parts = [_HEAD, under.lines()]
    if ratios := [one for one in findings if isinstance(one, Ratio)]:
        parts += ["\n## Compared\n\n", _ratios(ratios)]
    if amounts := [one for one in findings if isinstance(one, Amount)]:
        parts += ["\n## Counted\n\n", _amounts(amounts)]
    if loads := [one for one in findings if isinstance(one, Load)]:
        parts += ["\n## Under load\n\n", _loads(loads)]
    curves = [one for one in findings if isinstance(one, Curve)]
    for place, curve in enumerate(curves, start=1):
        picture = out.with_name(f"curve-{place}.svg")
        picture.write_text(svg(curve), encoding="utf-8")
        parts += [f"\n## {curve.title}\n\n![{curve.title}]({picture.name})\n\n", _points(curve)]
    if missing := [one for one in findings if isinstance(one, NotMeasured)]:
        parts += ["\n## Not measured\n\n", _table(("work", "why"), ((one.work, one.why) for one in missing))]
    if measured := [one for one in findings if isinstance(one, Part)]:
        parts += ["\n## Parts\n\n", _parts(measured)]
    out.write_text("".join(parts), encoding="utf-8")


def _ratios(ratios: Iterable[Ratio]) -> str:
    head = ("work", "against", "ratio", "target", "", "processor", "memory", "seconds", "rounds")
    return _table(
        head,
        (
            (
                one.work,
                one.against,
                _spread(one.clock),
                _limit(one.limit),
                _verdict(one.limit, one.clock.middle),
                _spread(one.processor),
                _spread(one.memory),
                f"{one.seconds:.3f}",
                str(one.rounds),
            )
            for one in ratios
        ),
    )


def _amounts(amounts: Iterable[Amount]) -> str:
    return _table(
        ("work", "unit", "ours", "target", "", "others"),
        (
            (
                one.work,
                one.unit,
                f"{one.ours:g}",
                _limit(one.limit),
                _verdict(one.limit, one.ours),
                ", ".join(f"{name} {found:g}" for name, found in one.peers.items()),
            )
            for one in amounts
        ),
    )


def _loads(loads: Iterable[Load]) -> str:
    return _table(
        ("work", "where", "connections", "answers a second", "ms, 50 %", "95 %", "99 %"),
        (
            (one.work, one.where, str(one.connections), f"{one.rate:,.0f}", *(f"{wait:.3g}" for wait in one.waits))
            for one in loads
        ),
    )


def _parts(parts: Iterable[Part]) -> str:
    head = ("part", "began, UTC", "seconds", "load before", "load after")
    return _table(
        head, ((one.name, one.began, f"{one.seconds:.0f}", *(f"{load:.1f}" for load in one.load)) for one in parts)
    )


def _points(curve: Curve) -> str:
    rows = [(name, f"{one:,g}", f"{other:.3g}") for name, found in curve.points.items() for one, other in found]
    return _table(("", curve.across, curve.unit), rows)


def _spread(spread: Spread | None) -> str:
    return "" if spread is None else f"{spread.middle:.2f} ({spread.low:.2f} to {spread.high:.2f})"


def _limit(limit: Limit | None) -> str:
    return "" if limit is None else str(limit)


def _verdict(limit: Limit | None, measured: float) -> str:
    return "" if limit is None else limit.verdict(measured)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(one)} |\n" for one in lines)

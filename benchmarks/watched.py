"""What running servers take, read from outside: processor time and memory of a process and all that it began."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICKS = os.sysconf("SC_CLK_TCK")


def processor(pid: int) -> float:
    """Return the seconds of processor of a process and its children so far, those that have ended too."""
    ticks = 0
    for one in (*_children(pid), pid):
        # One that has ended meanwhile is counted by its parent, which comes after it.
        with suppress(FileNotFoundError, ProcessLookupError):
            ticks += _ticks(one)
    return ticks / _TICKS


def _ticks(pid: int) -> int:
    # The name of a program, in brackets, may hold blanks. After it: utime, stime, cutime and cstime are 11 to 14.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def resident(pid: int) -> float:
    """Return the MiB of the largest process among a process and its children."""
    return max(_mebibytes(one, "VmRSS") for one in (pid, *_children(pid)))


def _mebibytes(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition(f"{name}:")[2].split()[0]) / 1024


def _children(pid: int) -> Iterator[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            yield from _children(int(child))
            yield int(child)

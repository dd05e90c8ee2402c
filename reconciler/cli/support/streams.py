"""Standard streams that never stop a command: their reader may leave, their disk be full, their encoding be narrow."""

from __future__ import annotations

import codecs
import errno
import io
import os
import select
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn

    from _typeshed import ReadableBuffer

_PLAIN = {"→": "->", "←": "<-", "…": "...", "─": "-", "✓": "ok", "✗": "x", "≠": "!=", "·": "-"}
"""Signs of our own texts, for an encoding that lacks them."""
_ERRORS = "portal.plain"


class Guard(io.RawIOBase):
    """Passes bytes on to a descriptor; after the first failure it takes the rest and drops it."""

    def __init__(self, descriptor: int, problem: OSError | None = None) -> None:
        """Guard a descriptor; `problem` is the reason why nothing can be written, where known already."""
        self._descriptor, self._problem = descriptor, problem
        self.dropped: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes, or drop them; never fail."""
        view = memoryview(data)
        length = len(view)
        if self._problem is None:
            try:
                while view:
                    view = view[self._some(view) :]
            except OSError as problem:
                self._problem = problem
        if self._problem is not None and length:
            self.dropped = self._problem
        return length

    def _some(self, view: memoryview) -> int:
        try:
            return os.write(self._descriptor, view)
        except BlockingIOError:
            # Somebody who shares the terminal made it so; a slow reader is waited for.
            select.select([], [self._descriptor], [])
            return 0

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Tell whether a person reads it."""
        return self._problem is None and os.isatty(self._descriptor)


def install() -> Guard:
    """Guard stdout and stderr, and give a closed stdin nothing to read; return the guard of stdout."""
    codecs.register_error(_ERRORS, _plain)
    closed = _open_what_is_closed()
    if sys.stdin is None or 0 in closed:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 (it lives as long as the process)
    sys.stderr, _ = _guarded(2, sys.stderr, closed)
    sys.stdout, guard = _guarded(1, sys.stdout, closed)
    return guard


def lost(guard: Guard) -> OSError | None:
    """Return the reason of lost output; `None` where nothing was, or where its reader left by itself."""
    return None if guard.dropped is None or guard.dropped.errno == errno.EPIPE else guard.dropped


def _open_what_is_closed() -> set[int]:
    """Open the closed standard descriptors: else the next file opened would get what is printed."""
    closed = set()
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest free one is taken: this one.
            os.open(os.devnull, os.O_RDWR)
            closed.add(descriptor)
    return closed


def _guarded(descriptor: int, stream: IO[str] | None, closed: set[int]) -> tuple[io.TextIOWrapper, Guard]:
    problem = OSError(errno.EBADF, "it is closed") if descriptor in closed or stream is None else None
    guard = Guard(descriptor, problem)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    lines = descriptor == sys.__stderr__.fileno() if sys.__stderr__ is not None else False
    text = io.TextIOWrapper(
        io.BufferedWriter(guard), encoding=encoding, errors=_ERRORS, line_buffering=lines or guard.isatty()
    )
    return text, guard


def _plain(problem: UnicodeError) -> tuple[str, int]:
    """Replace the characters that an encoding lacks."""
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    missing = problem.object[problem.start : problem.end]
    shown = (_PLAIN.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in missing)
    return "".join(shown), problem.end


def give_up(what: str) -> NoReturn:
    """End the process with a line that takes next to no memory, and nothing but stderr."""
    remedy = "There may be too little memory. End what you do not need, or raise the limit of memory."
    with suppress(OSError):  # the line is lost with stderr
        os.write(2, f"error[system-refused]: {what}\n  = help: {remedy}\n".encode())
    os._exit(1)

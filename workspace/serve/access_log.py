"""The access log: one line of JSON for each request. Paths stand there as patterns, so no token and no id does."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from workspace.core.clock import iso
from workspace.core.errors import WorkspaceError
from workspace.web.http import CALLER, ROUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    AccessLog = Callable[[Mapping[str, Any]], None]

STDERR = "-"


def check(place: str | Path) -> None:
    """Refuse a file that cannot be written, with WorkspaceError."""
    if str(place) != STDERR:
        try:
            with open(place, "ab"):  # noqa: PTH123 - a device or a pipe may be named too
                pass
        except OSError as problem:
            raise WorkspaceError(f"cannot write the access log {place}: {problem.strerror}") from problem


def to(place: str | Path) -> AccessLog:
    """Return the writer of entries to a file, one write each so that processes share it, or to stderr."""
    # Unbuffered, and for as long as the process lives.
    file = sys.stderr.buffer if str(place) == STDERR else open(place, "ab", buffering=0)  # noqa: PTH123, SIM115 - as above; closed with the process

    def write(entry: Mapping[str, Any]) -> None:
        file.write(json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")
        file.flush()

    return write


def entry(
    environ: Mapping[str, Any], status: int, headers: Mapping[str, str], *, at: float, ms: float
) -> dict[str, Any]:
    """Return the entry of a request; `at` is in seconds since 1970, `ms` in milliseconds, headers in small letters."""
    return {
        "at": iso(int(at)),
        "client": environ.get("REMOTE_ADDR"),
        "method": environ.get("REQUEST_METHOD"),
        "route": environ.get(ROUTE),
        "status": status,
        "bytes": int(headers.get("content-length", 0)),
        "ms": round(ms, 1),
        "request_id": headers.get("x-request-id"),
        "token": environ.get(CALLER),
    }

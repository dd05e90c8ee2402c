"""Runs `portal` in this process, told what a process of its own is told; that costs a third of one."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from reconciler.cli.app import run
from tests.support.faults.child import Ended, told

if TYPE_CHECKING:
    from collections.abc import Mapping


def run_here(folder: Path, arguments: list[str], environment: Mapping[str, str]) -> Ended:
    """Run `portal` in a folder, with additions to the clean environment, and return the outcome."""
    out, err = _stream(), _stream()
    with (
        contextlib.chdir(folder),
        patch.dict(os.environ, told(environment), clear=True),
        Path(os.devnull).open(encoding="utf-8") as nothing,
        patch.object(sys, "stdin", nothing),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run(arguments)
    return Ended(code, _written(out), _written(err))


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8")


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()

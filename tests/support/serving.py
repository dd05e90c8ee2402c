"""Runs `portal serve` in a process that begins quickly."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

import pytest

from tests.support.faults.child import Child


class serving:  # noqa: N801 (used like a function)
    """Run `portal serve` for the length of a with statement, and give its URL."""

    def __init__(self, database: str, *arguments: str, **environment: str) -> None:
        self.process = Child(Path.cwd(), ["serve", "--port", "0", "--db", database, *arguments], environment)

    def __enter__(self) -> str:
        while self.process.runs:
            if match := re.search(r"ready at (http://\S+)", self.process.said):
                return match[1]
            time.sleep(0.01)
        pytest.fail(f"portal serve never got ready: {self.process.said}")

    def __exit__(self, *_: object) -> None:
        self.process.send(signal.SIGTERM)
        assert self.process.wait().code == 0

"""A command with too little memory ends with a line and a code of the table, wherever it runs out of it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.sample import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PORTAL = f"exec {sys.executable} -c 'from reconciler.cli import main; main()'"


@pytest.mark.slow
@pytest.mark.parametrize("kibibytes", range(50_000, 80_000, 5_000))
def test_too_little_memory_is_said_in_a_line(kibibytes: int, tmp_path: Path) -> None:
    (tmp_path / "portal.yaml").write_text("version: 1\nname: acme\nhelp_center: {identifier: acme}\n", encoding="utf-8")
    done = subprocess.run(
        ["sh", "-c", f"ulimit -v {kibibytes}; {PORTAL} plan"],
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    if done.returncode < 0:
        pytest.skip("a library ended the process itself, as those in Rust do")
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in {0, 1, 3}, done.stderr
    assert done.returncode != 1 or "error[" in done.stderr, done.stderr

"""A thousand applies through the proxy: none lost, none doubled, none hung, each with an exit code that is true."""

from __future__ import annotations

import multiprocessing
import shutil
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from reconciler.errors import EXIT_CODES
from tests.cli.conftest import serving
from tests.faults import many
from tests.faults.proxy import Fault
from tests.sample import template
from workspace import auth
from workspace.db import engine_for, writing

if TYPE_CHECKING:
    from pathlib import Path

WORKERS, EACH = 2, 500
AT_MOST = 240
"""Seconds after which a worker hangs."""


def test_a_thousand_applies_through_bad_weather(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        running = [pool.submit(_work, str(_database(tmp_path, seed)), seed, EACH) for seed in range(WORKERS)]
        tallies = [one.result(timeout=AT_MOST) for one in running]
    codes = sum((one.codes for one in tallies), Counter())
    outcomes = sum((one.outcomes for one in tallies), Counter())
    assert codes.total() == WORKERS * (EACH + 1)
    assert set(codes) <= set(EXIT_CODES)
    # All of it happened, so all of it was checked.
    assert set(codes) == {0, 1, 5}
    assert set(outcomes) == {"applied", "unknown", "failed", "not_attempted"}
    assert sum((one.faults for one in tallies), Counter()).keys() == {str(fault) for fault in Fault}
    assert sum(one.unfinished for one in tallies) > 0


def _database(folder: Path, seed: int) -> Path:
    path = folder / f"workspace-{seed}.db"
    shutil.copy(template(), path)
    return path


def _work(database: str, seed: int, count: int) -> many.Tally:
    """Serve a workspace and apply to it; runs in a process of its own."""
    engine = engine_for(database)
    with writing(engine) as connection:
        token = auth.create(connection, "ci", "write", now=0)
    engine.dispose()
    with serving(database) as url:
        return many.many(url, token, seed, count)

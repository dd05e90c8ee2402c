"""Many applies through the proxy: none lost, none doubled, none hung, each with an exit code that is true.

A hundred in each run; `PORTAL_EXAMPLES=10` makes a thousand of them.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from tests.reconciler.cli.conftest import serving
from tests.support.examples import TIMES
from tests.support.faults import many
from tests.support.faults.proxy import Fault, Proxy, seeded
from tests.support.faults.stand import CLOSED, stand
from tests.support.sample import template
from workspace.database.engine import engine_for, writing
from workspace.identity import tokens as auth

if TYPE_CHECKING:
    from pathlib import Path

WORKERS, EACH = 2, 50 * TIMES
PROCESSES = 6
AT_MOST = 900
"""Seconds after which a worker hangs."""


def test_many_applies_through_bad_weather(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        running = [pool.submit(_work, str(_database(tmp_path, seed)), seed, EACH) for seed in range(WORKERS)]
        tallies = [one.result(timeout=AT_MOST) for one in running]
    codes = sum((one.codes for one in tallies), Counter())
    outcomes = sum((one.outcomes for one in tallies), Counter())
    assert codes.total() == WORKERS * (EACH + 1)
    # All of it happened, so all of it was checked.
    assert set(codes) == {0, 1, 5}
    assert set(outcomes) >= {"applied", "unknown", "not_attempted"}
    assert sum((one.faults for one in tallies), Counter()).keys() == {str(fault) for fault in Fault}
    assert sum(one.unfinished for one in tallies) > 0


def test_processes_through_bad_weather(tmp_path: Path) -> None:
    # A drip takes as long as an attempt may, and here nobody shortens that.
    weather = {fault: weight for fault, weight in many.WEATHER.items() if fault is not Fault.DRIP}
    with stand(tmp_path) as place, Proxy(place.url, seeded(7, weather)) as proxy:
        for number in range(PROCESSES):
            spaces = {"tickets": number % 2 == 0}
            place.write({**CLOSED, "messenger": {"identity": "jwt", "spaces": spaces}})
            done = place.portal("apply", "--yes", "--format", "json", url=proxy.url)
            assert done.code == 0, done.err
            assert json.loads(done.out)["outcome"] == "applied"
            assert place.settings(CLOSED["name"])["messenger_spaces"]["tickets"] is spaces["tickets"]
        receipts = place.get("receipts", limit="100")["data"]
    assert [one["outcome"] for one in receipts] == ["applied"] * PROCESSES
    assert sum(times for fault, times in proxy.done.items() if fault is not Fault.NONE) > PROCESSES


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

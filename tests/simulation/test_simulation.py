"""Schedules of the simulation, each by its seed: 60 in every run, more by `PORTAL_SCHEDULES` (`FIRST-LAST`).

`PORTAL_SCHEDULES_ON=postgresql` tries them on the other database.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.simulation.schedule import Schedule
from tests.simulation.world import Simulated
from tests.support.databases import copied, nothing

if TYPE_CHECKING:
    from pathlib import Path

GROUP = 10
_FIRST, _, _LAST = os.environ.get("PORTAL_SCHEDULES", "1-60").partition("-")
DATABASE = os.environ.get("PORTAL_SCHEDULES_ON", "sqlite")
SEEDS = range(int(_FIRST), int(_LAST) + 1)


@pytest.mark.parametrize("first", SEEDS[::GROUP])
def test_the_laws_hold_in_every_schedule(first: int, tmp_path: Path) -> None:
    for seed in range(first, min(first + GROUP, SEEDS.stop)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        with copied(DATABASE, nothing) as engine:
            try:
                Schedule(seed, Simulated(engine, folder)).run()
            except BaseException as fault:
                fault.add_note(f"run it alone: PORTAL_SCHEDULES={seed}-{seed} pytest tests/simulation")
                raise

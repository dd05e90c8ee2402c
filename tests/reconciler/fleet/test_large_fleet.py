"""A thousand portals in many workspaces, planned in one run, with every kind of failure mixed in.

`PORTAL_EXAMPLES=10` makes ten thousand of them.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from tests.support.examples import TIMES
from tests.support.faults.child import Child
from tests.support.fleet import many, mixed
from tests.support.sample import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 1000 * TIMES
WORKSPACES = -(-COUNT // many.HELP_CENTERS)


def test_many_portals_in_one_run(tmp_path: Path) -> None:
    with many.workspaces(WORKSPACES) as urls:
        wanted = mixed.write(tmp_path / "fleet", urls, COUNT)
        given = ["plan", "-f", "fleet", "-e", "production", "--format", "json", "--jobs", "2"]
        ended = Child(tmp_path, given, {many.VARIABLE: TOKEN, "PORTAL_PATIENCE": "0"}).wait(600)
    document = json.loads(ended.out)
    assert ended.code == document["exit_code"] == 1
    assert document["totals"]["portals"] == COUNT
    # That at which nobody answers is one more. What contradicts itself is asked of none.
    assert document["totals"]["workspaces"] == WORKSPACES + 1
    assert document["totals"]["outcomes"] == wanted.outcomes
    entries = document["portals"]
    assert [entry["file"] for entry in entries] == [f"fleet/{number:05}.yaml" for number in range(COUNT)]
    failed = [entry for entry in entries if entry["outcome"] == "failed"]
    assert Counter(entry["diagnostics"][0]["code"] for entry in failed) == wanted.codes
    assert TOKEN not in ended.out

"""Ctrl-C and SIGTERM while a fleet is applied: what is in hand is finished, the rest is left, and all of it is told."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from reconciler.core import documents
from tests.reconciler.cli.test_stopping import SIGNALS, Stopped, settings_write
from tests.reconciler.fleet.test_plan import document
from tests.support.faults.stand import CLOSED, Stand, stand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HELP_CENTER = {name: CLOSED[name] for name in ("version", "help_center", "audience", "messenger")}
TERRITORY = {"company": {"territory": {"type": "string"}}}
FLEET = ("-f", "fleet")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Stand]:
    """Give a workspace that is served, and two configurations for it."""
    (tmp_path / "fleet").mkdir()
    with stand(tmp_path) as workspaces:
        first = {**HELP_CENTER, "name": "first"}
        second = {"version": 1, "name": "second", "help_center": {"identifier": "acme"}, "data_attributes": TERRITORY}
        for one in (first, second):
            (tmp_path / "fleet" / f"{one['name']}.yaml").write_text(documents.dumps(one))
        yield workspaces


@pytest.mark.parametrize(("sent", "code"), SIGNALS)
def test_the_change_in_hand_is_finished_and_the_rest_is_left(two: Stand, sent: signal.Signals, code: int) -> None:
    done = Stopped(two, settings_write, number=2).run(sent, *FLEET)
    assert done.code == code
    first, second = document(done)["portals"]
    assert (first["outcome"], second["outcome"]) == ("applied_in_part", "not_attempted")
    assert first["changes"] == 2
    assert two.configuration("first")["lease"] is None
    assert two.configuration("second")["record"] is None

    assert two.portal("apply", "--yes", *FLEET).code == 0
    assert two.portal("plan", "--detailed-exitcode", *FLEET).code == 0


def test_the_second_time_it_stops_at_once(two: Stand) -> None:
    done = Stopped(two, settings_write, number=2).run(signal.SIGINT, *FLEET, at_once=True)
    assert done.code == 130
    first, second = document(done)["portals"]
    assert (first["outcome"], second["outcome"]) == ("interrupted", "not_attempted")
    assert [one["code"] for one in first["diagnostics"]] == ["interrupted"]

    two.clock.put_forward(3600)
    again = document(two.portal("apply", "--yes", "--format", "json", *FLEET))
    assert again["exit_code"] == 0
    assert "apply-unfinished" in {one["code"] for one in again["portals"][0]["diagnostics"]}
    assert two.portal("plan", "--detailed-exitcode", *FLEET).code == 0

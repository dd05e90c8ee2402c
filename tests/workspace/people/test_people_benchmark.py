"""What the benchmark of people holds ours against says the same as ours; what it keeps is made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import people, people_asked
from benchmarks.crowds import opened as reopened
from benchmarks.findings import Amount, Curve, Ratio
from benchmarks.people_by_hand import QUESTIONS, ByHand
from tests.support.databases import KINDS, copied
from tests.workspace.rules.test_query_plans import fill
from workspace.database import engine as db

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture(scope="module", params=KINDS)
def crowd(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with copied(request.param, fill) as engine:
        yield engine


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.name)
def test_what_is_asked_by_hand_says_the_same(crowd: Engine, question: people_asked.Question) -> None:
    for pair in people_asked.asked_both_ways(ByHand(crowd.dialect.name), question):
        taken = pair.rounds(crowd, 1)
        assert {name: len(seconds) for name, seconds in taken.items()} == {"ours": 1, "by hand": 1}


def test_who_is_checked_is_found_by_key(crowd: Engine) -> None:
    with db.reading(crowd) as connection:
        ids = [row[0] for row in connection.exec_driver_sql("SELECT id FROM contacts ORDER BY id LIMIT 40")]
    assert people_asked.access_checks(crowd.dialect.name, ids).rounds(crowd, 1)["ours"]


def test_another_answer_is_no_speed(crowd: Engine) -> None:
    pair = people_asked.Pair("numbers", lambda _: 1, lambda _: 2)
    with pytest.raises(people_asked.WrongAnswer, match="numbers: 1 is not 2"):
        pair.rounds(crowd, 1)


def test_a_crowd_is_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        people_asked.main([str(tmp_path), "make", "30"])
    made, again = capsys.readouterr().out.split()
    assert made == again
    with reopened(made) as engine, db.reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM contacts").scalar_one() > 30


def test_what_was_measured_becomes_findings() -> None:
    taken = {"ours": [0.2, 0.4], "by hand": [0.2, 0.2]}
    few = {"ours": [0.012, 0.013], "by hand": [0.010, 0.010]}
    work = "500 access checks, one after the other"
    measured = {
        "compared": {work: taken, "preview: a tag": taken, "preview: few": few},
        "expectations": [0.1, 0.3],
        "growth": {"a tag": {"10000": [0.25, 0.25], "1000000": [0.25, 0.5]}},
    }
    checks, preview, small, beyond, expectations, grown, curve = people.findings("sqlite", measured)
    # What takes few milliseconds is held against a difference, everything else against a ratio.
    assert isinstance(small, Ratio)
    assert isinstance(beyond, Amount)
    assert (small.limit, beyond.ours, str(beyond.limit)) == (None, 2.5, "≤ 2")
    assert isinstance(checks, Ratio)
    assert isinstance(preview, Ratio)
    assert isinstance(grown, Ratio)
    assert isinstance(curve, Curve)
    assert (checks.clock.middle, str(checks.limit), str(preview.limit)) == (1.5, "≤ 2", "≤ 1.3")
    assert "expectations" in expectations.work
    assert grown.clock.middle == 1.5
    assert curve.points == {"a tag": [(10000, 250.0), (1000000, 375.0)]}

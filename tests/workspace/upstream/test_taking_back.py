"""What people changed at a vendor is taken back by people, where somebody noted what was there before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.apply import run as fulfil
from reconciler.core.errors import Blocked
from reconciler.operations import plan as planning
from reconciler.operations.applies.tasks import values_before
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.plan.document import executable
from reconciler.plan.document.write import to_document
from tests.support.laws.stage import read
from tests.support.upstream.stage import staged
from tests.workspace.upstream.test_tasks import FILE, PAGE, Never, apply, done, fitting, through
from workspace.upstream import observing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.upstream.stage import Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged(prepare=applied) as workspace:
        yield workspace


def applied(stage: Stage) -> None:
    """Have everything that the file says, each of it known."""
    observing.look(stage.engine, stage.upstream())
    through(stage)


def arranged(stage: Stage, before: str | None) -> str:
    """Arrange the page by tasks, with the sections before noted for the first; return the receipt."""
    task = apply(stage, PAGE).document["task"]
    if before is not None:
        body = values_before(task, before, read(FILE))
        answer = stage.admin("mara").post(f"/tasks/{task['id']}/before", json=body)
        assert answer.is_success, answer.text
    done(stage, task, fitting(task))
    assert set(through(stage, PAGE)) == {"homepage/acme"}
    return str(task["receipt"])


def taken_back(stage: Stage, receipt: str) -> list[Any]:
    """Undo an apply: do task after task until nothing waits any more, and return the tasks."""
    seen: list[Any] = []
    for _ in range(6):
        stage.clock.now += 60
        target = stage.target()
        plan = planning.plan_undo(read(PAGE), target, target.receipt(receipt), now=stage.moment(), allowed=ALLOWABLE)
        options = fulfil.ApplyOptions(lock_ttl=60, lock_wait=0)
        ended = fulfil.apply_plan(executable.of(to_document(plan)), target, options, Never(), lambda _: None)
        if ended.exit_code == 0:
            return seen
        assert ended.exit_code == 8, ended.document["diagnostics"]
        seen.append(ended.document["task"])
        assert done(stage, seen[-1], fitting(seen[-1]))["state"] == "done"
    raise AssertionError(seen)


@pytest.mark.slow
def test_a_page_goes_back_to_the_sections_that_were_noted(stage: Stage) -> None:
    receipt = arranged(stage, "[collections, search]")
    tasks = taken_back(stage, receipt)
    assert {one["address"] for one in tasks} == {"homepage/acme"}
    assert tasks[0]["screen"]["enter"][:2] == ["1. Collections · on", "2. Search · on"]
    live = stage.configuration()["homepage"]["live"]
    assert [one["type"] for one in live if one["enabled"]] == ["collections", "search"]


@pytest.mark.slow
@pytest.mark.parametrize("before", [None, "some sections, I think"])
def test_a_page_of_which_nobody_noted_the_sections_is_not_taken_back(stage: Stage, before: str | None) -> None:
    receipt = arranged(stage, before)
    with pytest.raises(Blocked) as refused:
        taken_back(stage, receipt)
    assert {one.code for one in refused.value.diagnostics} == {"before-unknown"}

"""Changes that are sent together keep the laws of those that are made one by one, and come to the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.apply.executor import execute
from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.plan.document import write
from reconciler.target.rest import RestTarget
from tests.laws.test_looks import HAND_EDITS, by_hand
from tests.support import applying
from tests.support.examples import examples
from tests.support.laws.stage import NOW, TOKEN, Recorded, Stage, read, stage
from tests.support.laws.strategies import changes_of_access, situations
from tests.support.workspace.strategies import World, worlds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.apply.executor import Result
    from reconciler.plan.model import Plan

Situation = tuple[dict[str, Any], dict[str, Any]]
MOMENTS = {"revision", "moment", "record", "unfinished", "lease"}
"""What tells when a workspace was written, and how often."""


@pytest.fixture(autouse=True, scope="module")
def _together() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execute, "MANY", 1)
        yield


def plan_for(workspace: Stage, values: dict[str, Any], target: RestTarget | None = None) -> Plan:
    return planning.make_plan(read(values), target or workspace.target()[0], now=NOW, allowed=ALLOWABLE)


def one_by_one(plan: Plan, target: RestTarget) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execute, "MANY", 10_000)
        return applying.run(plan, target)


def kept(workspace: Stage, result: Result) -> Any:
    """Return how the workspace stands, and the steps that the receipt tells."""
    target, _ = workspace.target()
    receipt = target.receipt(str(result.receipt))
    steps = [{**one, "at": None} for one in receipt["steps"]]
    configuration = {name: value for name, value in workspace.configuration().items() if name not in MOMENTS}
    configuration["homepage"] = {**configuration["homepage"], "draft_edited": None}
    return configuration, steps, receipt["outcome"], receipt["changes"]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@examples(5)
@given(worlds(), situations())
def test_together_comes_to_what_one_by_one_comes_to(database: str, world: World, situation: Situation) -> None:
    live, values = situation
    entries: list[Any] = []
    for apply in (applying.run, one_by_one):
        with stage(world, live, database) as place:
            target, transport = place.target()
            plan = plan_for(place, values, target)
            if plan.blocked or plan.empty:
                return
            result = apply(plan, target)
            assert result.failure is None, result.failure
            entries.append((kept(place, result), place.seen()))
            paths = [path.rpartition("/")[2] for _, path, _ in transport.written]
            assert paths.count("steps") == (apply is applying.run)
            assert place.target()[0].check_activity()["broken"] is None
            again = plan_for(place, values)
            assert again.empty, write.to_document(again)["changes"]
    assert entries[0] == entries[1]


class _Edited(Recorded):
    """Has somebody change a setting right before steps arrive."""

    def __init__(self, inner: httpx.BaseTransport, edit: Callable[[], None]) -> None:
        super().__init__(inner)
        self.edit = edit

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/steps"):
            self.edit()
        return super().handle_request(request)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@examples(5)
@given(worlds(), changes_of_access(), HAND_EDITS)
def test_law_11_steps_after_a_hand_edit_let_in_only_whom_the_plan_showed(
    database: str, world: World, situation: Situation, edit: Any
) -> None:
    live, values = situation
    with stage(world, live, database) as workspace:
        _, line = workspace.target()
        transport = _Edited(line, lambda: by_hand(workspace, *edit))
        target = RestTarget("the stage", "http://stage", TOKEN, transport)
        plan = plan_for(workspace, values, target)
        if plan.blocked:
            return
        shown = workspace.seen() | workspace.seen(write.to_document(plan)["views"]["after"])
        moments: list[frozenset[tuple[str, str]]] = []

        def edited() -> None:
            by_hand(workspace, *edit)
            moments.append(workspace.seen())

        transport.edit = edited
        applying.run(plan, target)
        for moment in moments:
            assert workspace.seen() - moment <= shown


class _Dies(Recorded):
    """Is gone before the steps arrive, or before they are answered."""

    def __init__(self, inner: httpx.BaseTransport, *, after: bool) -> None:
        super().__init__(inner)
        self.after = after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/steps"):
            return super().handle_request(request)
        if self.after:
            super().handle_request(request)
        raise KeyboardInterrupt


@examples(4)
@given(worlds(), situations(), st.booleans())
def test_law_4_after_a_death_the_next_apply_converges(world: World, situation: Situation, after: bool) -> None:
    live, values = situation
    with stage(world, live) as workspace:
        _, line = workspace.target()
        target = RestTarget("the stage", "http://stage", TOKEN, _Dies(line, after=after))
        plan = plan_for(workspace, values, target)
        if plan.blocked or plan.empty:
            return
        result = applying.run(plan, target)
        assert result.interrupted
        left = workspace.target()[0].receipt(str(result.receipt))
        wanted = sum(len(one.operations) for one in plan.changes)
        assert len(left["steps"]) == (wanted if after else 0)
        again = plan_for(workspace, values)
        assert after is not bool(again.changes)
        result = applying.run(again, workspace.target()[0])
        assert result.failure is None
        assert plan_for(workspace, values).empty


class _Loses(Recorded):
    """Loses the first answer to steps."""

    lost = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if request.url.path.endswith("/steps") and not self.lost:
            self.lost = True
            raise httpx.ReadError("gone", request=request)
        return response


@examples(5)
@given(worlds(), situations())
def test_a_lost_answer_is_asked_for_again_and_nothing_done_twice(world: World, situation: Situation) -> None:
    live, values = situation
    with stage(world, live) as workspace:
        _, line = workspace.target()
        transport = _Loses(line)
        target = RestTarget("the stage", "http://stage", TOKEN, transport, sleep=lambda _: None)
        plan = plan_for(workspace, values, target)
        if plan.blocked or plan.empty:
            return
        result = applying.run(plan, target)
        assert (result.failure, result.outcome) == (None, "applied")
        assert transport.lost
        names = [one["step"] for one in target.receipt(str(result.receipt))["steps"]]
        places = [f"{one.id}.{place + 1}" for one in plan.changes for place in range(len(one.operations))]
        assert names == [*places, "record"]

"""Law 11: no write is made on a look that is no longer true, whoever else writes meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.apply import executor
from reconciler.apply import run as applying
from reconciler.apply.run import ApplyOptions
from reconciler.core.errors import LookOutdated
from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.plan.document import executable, write
from tests.support.examples import examples
from tests.support.laws.stage import NOW, TOKEN, Recorded, Stage, read, stage
from tests.support.laws.strategies import CENTRE, MET, changes_of_access
from tests.support.workspace.strategies import World, worlds

if TYPE_CHECKING:
    from collections.abc import Callable

Seen = frozenset[tuple[str, str]]


class _Never:
    """Nobody stops an apply here."""

    exit_code = 130

    def __call__(self) -> bool:
        return False


class _Watched(Recorded):
    """Calls before each write of a setting, and tells what people see right before and right after it."""

    def __init__(self, inner: httpx.BaseTransport, workspace: Stage) -> None:
        super().__init__(inner)
        self.workspace = workspace
        self.before_write: Callable[[int], None] = lambda _: None
        self.moments: list[tuple[Seen, Seen]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if "Portal-Step" not in request.headers:
            return super().handle_request(request)
        self.before_write(len(self.moments))
        before = self.workspace.seen()
        response = super().handle_request(request)
        self.moments.append((before, self.workspace.seen()))
        return response


def _apply(workspace: Stage, values: dict[str, Any], meanwhile: Callable[[int], None]) -> executor.Result | None:
    """Plan and apply, hold each write against what the plan showed, and return what became of it."""
    target, line = workspace.target()
    transport = _Watched(line, workspace)
    target = type(target)("the stage", "http://stage", TOKEN, transport)
    plan = planning.make_plan(read(values), target, now=NOW, allowed=ALLOWABLE)
    if plan.blocked:
        return None
    document = write.to_document(plan)
    shown = workspace.seen() | workspace.seen(document["views"]["after"])
    transport.before_write = meanwhile
    result = applying.execute(executable.of(document), target, ApplyOptions(60, 0), _Never(), lambda _: None)
    for before, after in transport.moments:
        assert after - before <= shown, "a write let somebody see what its plan did not show"
    return result


def by_hand(workspace: Stage, path: str, body: dict[str, Any]) -> None:
    """Change a setting as a colleague does; what is refused is refused."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    transport = httpx.WSGITransport(app=workspace.app)
    with httpx.Client(transport=transport, base_url="http://stage/portal_admin/v1/", headers=headers) as client:
        tag = client.get(path).headers["ETag"]
        client.patch(path, json=body, headers={"If-Match": tag})


HAND_EDITS = st.sampled_from(
    [
        (f"help_centers/{CENTRE}/audience", {"mode": "everyone"}),
        (f"help_centers/{CENTRE}/audience", {"mode": "nobody"}),
        (f"help_centers/{CENTRE}/ticket_visibility", {"restricted": False}),
        (f"help_centers/{CENTRE}/ticket_visibility", {"restricted": True}),
        (f"help_centers/{CENTRE}/portal", {"enabled": True}),
        (f"help_centers/{CENTRE}/portal", {"enabled": False}),
        (f"help_centers/{CENTRE}", {"live": False}),
        (f"help_centers/{CENTRE}", {"live": True}),
        ("site", {"certificate_valid": True}),
        ("site", {"certificate_valid": False}),
        ("identity", {"mode": "jwt"}),
        ("data_attributes/contact/companies", {"messenger_writable": False}),
    ]
)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@examples(8)
@given(worlds(), changes_of_access(), st.dictionaries(st.integers(0, 3), HAND_EDITS, min_size=1, max_size=2))
def test_law_11_a_write_after_a_hand_edit_lets_in_only_whom_the_plan_showed(
    database: str, world: World, situation: tuple[dict[str, Any], dict[str, Any]], edits: dict[int, Any]
) -> None:
    live, values = situation
    with stage(world, live, database) as workspace:
        _apply(workspace, values, lambda place: by_hand(workspace, *edits[place]) if place in edits else None)


@examples(8)
@given(worlds(), changes_of_access(), changes_of_access(), st.integers(0, 3))
def test_law_11_of_two_applies_each_lets_in_only_whom_its_plan_showed(
    world: World, situation: tuple[dict[str, Any], dict[str, Any]], other: tuple[Any, dict[str, Any]], at: int
) -> None:
    live, values = situation
    second = {**other[1], "name": "other"}
    with stage(world, live) as workspace:
        _apply(workspace, values, lambda place: _apply(workspace, second, lambda _: None) if place == at else None)


def test_who_moved_what_the_write_was_decided_on_is_told() -> None:
    live = {
        **MET,
        f"audience/{CENTRE}": "nobody",
        f"ticket_visibility/{CENTRE}": "company",
        f"portal/{CENTRE}": {"enabled": False},
        f"homepage/{CENTRE}": {"live": [], "draft": []},
        "messenger_spaces": {"tickets": False, "news": False},
    }
    values = {
        "version": 1,
        "name": "law",
        "help_center": {"identifier": CENTRE},
        "portal": {"enabled": True},
        "messenger": {"spaces": {"tickets": True}},
    }
    with stage(World((), (), ()), live) as workspace:
        edits = {0: (f"help_centers/{CENTRE}/audience", {"mode": "everyone"})}
        result = _apply(workspace, values, lambda place: by_hand(workspace, *edits[place]) if place in edits else None)
        assert result is not None
        (failure,) = result.failures
        assert isinstance(failure, LookOutdated)
        (problem,) = failure.diagnostics
        assert (problem.code, problem.address) == ("stale-plan", f"audience/{CENTRE}")
        assert "law (via api, at 2026-" in problem.summary
        # Nothing else was written on that look, and the receipt is closed.
        assert set(result.outcomes.values()) == {executor.Outcome.FAILED, executor.Outcome.NOT_ATTEMPTED}
        assert not workspace.configuration()["portal"]["values"]["enabled"]
        assert workspace.configuration()["unfinished"] is None

"""Law 3 where a change fails: what is still made afterwards never shows anybody more than before or after the whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
from hypothesis import event, given
from hypothesis import strategies as st

from reconciler.target.rest import RestTarget
from tests.laws.test_laws import plan_for
from tests.support import applying
from tests.support.examples import examples
from tests.support.laws.stage import TOKEN, read, stage
from tests.support.laws.strategies import situations
from tests.support.workspace.strategies import World, worlds

if TYPE_CHECKING:
    from tests.support.laws.stage import Recorded

NOT_SETTINGS = ("records/", "leases/", "receipts")


class Refusing(httpx.BaseTransport):
    """The workspace, but for one write of a setting that it refuses."""

    def __init__(self, inner: Recorded, refused: int) -> None:
        self.inner, self.left = inner, refused

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/portal_admin/v1/")
        if self.inner.writes(request.method, path) and not path.startswith(NOT_SETTINGS):
            self.left -= 1
            if self.left == -1:
                errors = [{"code": "value_invalid", "message": "not this one"}]
                return httpx.Response(422, content=json.dumps({"type": "error.list", "errors": errors}))
        return self.inner.handle_request(request)


@examples(9)
@given(worlds(), situations(), st.integers(0, 6))
def test_a_refused_change_opens_nothing(
    world: World, situation: tuple[dict[str, Any], dict[str, Any]], refused: int
) -> None:
    live, values = situation
    with stage(world, live) as workspace:
        target, transport = workspace.target()
        before = workspace.seen()
        moments: list[frozenset[tuple[str, str]]] = []
        transport.after_write = lambda: moments.append(workspace.seen())
        plan = plan_for(read(values), target)
        if plan.blocked:
            return
        stubborn = RestTarget("the stage", "http://stage", TOKEN, Refusing(transport, refused))
        result = applying.run(plan, stubborn)
        event(result.outcome)
        rest = plan_for(read(values), target)
        if rest.blocked:
            return
        assert applying.run(rest, target).failure is None
        allowed = before | workspace.seen()
        assert all(moment <= allowed for moment in moments)
        assert plan_for(read(values), target).empty

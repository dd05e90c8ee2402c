"""The sandbox of a workspace: whatever the settings, it says of itself what the workspace said."""

from __future__ import annotations

from typing import Any

import httpx
from hypothesis import given

from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.target.embedded import open_sandbox
from reconciler.target.rest import RestTarget
from tests.support import applying
from tests.support.contract import CheckedTransport
from tests.support.examples import examples
from tests.support.laws.stage import NOW, TOKEN, read, stage
from tests.support.laws.strategies import CENTRE, live_settings, situations
from tests.support.workspace.strategies import World, worlds
from workspace.serve.sandbox import create_sandbox

PATH = f"/portal_admin/v1/help_centers/{CENTRE}/configuration?record=law"


def said(app: Any, token: str) -> dict[str, Any]:
    transport = CheckedTransport(httpx.WSGITransport(app))
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(transport=transport, base_url="http://sandbox", headers=headers) as client:
        answer: dict[str, Any] = client.get(PATH).json()
    return answer


@examples(7)
@given(worlds(), live_settings())
def test_a_sandbox_says_what_the_workspace_said(world: World, live: dict[str, Any]) -> None:
    with stage(world, live) as workspace:
        answer = workspace.configuration()
        assert said(*create_sandbox(answer, lambda: NOW)) == said(workspace.app, TOKEN) == answer
        target, _ = workspace.target()
        assert open_sandbox(answer, lambda: NOW).observe(CENTRE, "law") == target.observe(CENTRE, "law")


@examples(7)
@given(worlds(), situations())
def test_an_apply_comes_to_the_same_on_both(world: World, situation: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Also rules about tags: they are accepted where the people are and where they are not."""
    live, values = situation
    with stage(world, live) as workspace:
        answer = workspace.configuration()
        target, _ = workspace.target()
        plan = planning.make_plan(read(values), target, now=NOW, allowed=ALLOWABLE)
        if plan.blocked:
            return
        app, token = create_sandbox(answer, lambda: NOW, "law")
        trial = RestTarget("the sandbox", "http://sandbox", token, httpx.WSGITransport(app))
        assert trial.observe(CENTRE, "law") == target.observe(CENTRE, "law")
        tried = applying.run(plan, trial)
        done = applying.run(plan, target)
        assert (tried.failure, done.failure) == (None, None)
        assert trial.observe(CENTRE, "law").resources == target.observe(CENTRE, "law").resources

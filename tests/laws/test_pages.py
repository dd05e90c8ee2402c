"""The homepage that a plan foresees is the one that its apply leaves."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from reconciler.core import documents
from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.plan.document import write
from tests.support import applying
from tests.support.examples import examples
from tests.support.laws.stage import NOW, Stage, read, stage
from tests.support.laws.strategies import situations
from tests.support.workspace.strategies import World, worlds


def homepage(workspace: Stage) -> dict[str, Any]:
    """Return what decides how the homepage of a workspace looks, worked out by hand."""
    told = workspace.configuration()
    rows = [{"type": row["type"], "settings": row["settings"]} for row in told["homepage"]["live"] if row["enabled"]]
    admits = told["portal"]["effective"] and told["audience"]["values"]["mode"] != "nobody"
    return {"live": told["help_center"]["values"]["live"], "admits": admits, "sections": rows}


@examples(9)
@given(worlds(), situations())
def test_the_foreseen_homepage_is_the_one_that_comes(
    world: World, situation: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    live, values = situation
    with stage(world, live) as workspace:
        target, _ = workspace.target()
        before = homepage(workspace)
        plan = planning.make_plan(read(values), target, now=NOW, allowed=ALLOWABLE)
        pages = json.loads(documents.dumps(write.to_document(plan)))["pages"]
        if plan.blocked:
            return
        assert applying.run(plan, target).failure is None
        after = homepage(workspace)
        if pages is None:
            assert before == after
        else:
            assert (pages["before"], pages["after"]) == (before, after)
            assert before != after

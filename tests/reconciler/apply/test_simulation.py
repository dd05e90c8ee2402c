"""The apply on a sandbox: it shows beforehand what the real one comes to, and touches nothing."""

from __future__ import annotations

from reconciler.apply import simulate as simulation
from reconciler.plan.document import write
from tests.reconciler.apply.test_apply import everything, plan_for
from tests.reconciler.plan.test_plan_text import example
from tests.support import applying
from tests.support.sample import sample


def test_a_simulation_comes_to_what_the_apply_comes_to() -> None:
    with sample() as workspace:
        before = everything(workspace)
        plan = plan_for(workspace, example())
        document = write.to_document(plan)
        tried = simulation.run(document, workspace.target())
        assert everything(workspace) == before
        assert tried.outcome == "applied"
        assert [one.can_open for one in tried.moments] == [0, 0, 0, 0, 26, 26, 26]
        result = applying.run(plan, workspace.target())
        assert [one.outcome for one in tried.moments] == [result.outcomes[change.id].value for change in plan.changes]


def test_a_simulation_foresees_a_refusal() -> None:
    with sample() as workspace:
        plan = plan_for(workspace, example())
        # The plan does not know of it yet: the workspace lost its certificate after it was made.
        workspace.meddle("PATCH", "site", {"certificate_valid": False})
        tried = simulation.run(write.to_document(plan), workspace.target())
        assert tried.outcome == "applied_in_part"
        assert [one.code for one in tried.diagnostics] == ["simulation-failed"]
        document = write.with_simulation(write.to_document(plan), tried)
        assert document["outcome"] == "blocked"
        result = applying.run(plan, workspace.target())
        outcomes = {change.id: result.outcomes[change.id].value for change in plan.changes}
        assert {one.id: one.outcome for one in tried.moments} == {
            name: outcome for name, outcome in outcomes.items() if outcome != "not_attempted"
        }

"""What an apply does when the workspace is not as the plan found it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler import apply, planning, resultfile
from reconciler.errors import Blocked, Stale
from reconciler.guards import ALLOWABLE
from reconciler.render.result import text
from tests.sample import NOW, Sample, sample
from tests.test_plan_text import example, read

if TYPE_CHECKING:
    from reconciler.apply import Result
    from reconciler.plan import Plan


def plan_for(found: Sample, values: dict[str, Any]) -> Plan:
    return planning.make_plan(read(values), found.target(), now=NOW, allowed=ALLOWABLE)


def run(found: Sample, plan: Plan) -> Result:
    return apply.run(plan, found.target(), lambda _: None)


def everything(found: Sample) -> Any:
    with found.client() as client:
        return client.get("help_centers/acme/configuration", params={"record": "acme-support"}).json()


def test_somebody_was_faster_and_nothing_changes() -> None:
    with sample() as found:
        plan = plan_for(found, example())
        first = plan.changes[0].address
        assert first == "data_attribute/contact.companies"
        found.meddle("PATCH", "data_attributes/contact/companies", {"messenger_writable": False})
        before = everything(found)
        result = run(found, plan)
        assert isinstance(result.failure, Stale)
        assert result.failure.exit_code == 4
        assert result.applied == 0
        assert "Mara Lindholm changed data_attribute/contact.companies" in result.diagnostics[0].summary
        assert everything(found) == before


def test_a_change_elsewhere_is_no_conflict() -> None:
    with sample() as found:
        plan = plan_for(found, example())
        found.meddle("PATCH", "site", {"plan": "advanced"})
        assert run(found, plan).failure is None


def test_a_draft_saved_meanwhile_is_not_published() -> None:
    with sample() as found:
        plan = plan_for(found, example())
        draft = everything(found)["homepage"]["draft"]
        found.meddle("PATCH", "help_centers/acme/homepage/draft", {"sections": draft[::-1]})
        result = run(found, plan)
        assert isinstance(result.failure, Stale)
        assert [result.outcomes[change.id].value for change in plan.changes][-1] == "failed"
        assert result.applied == len(plan.changes) - 1
        after = everything(found)["homepage"]
        assert after["live"] == draft
        assert [row["type"] for row in after["draft"]][: len(draft)] == [row["type"] for row in draft[::-1]]


def test_a_failure_in_the_middle_is_told_recorded_and_made_good() -> None:
    with sample() as found:
        plan = plan_for(found, example())
        found.meddle("PATCH", "site", {"certificate_valid": False})
        result = run(found, plan)
        assert isinstance(result.failure, Blocked)
        outcomes = {change.address: result.outcomes[change.id].value for change in plan.changes}
        assert outcomes == {
            "data_attribute/contact.companies": "applied",
            "identity": "applied",
            "help_center/acme": "applied",
            "audience/acme": "applied",
            "portal/acme": "failed",
            "messenger_spaces": "not_attempted",
            "homepage/acme": "not_attempted",
        }
        said = click.unstyle(text(resultfile.applied(plan, result, None)))
        assert "The plan was applied in part." in said
        assert "not attempted: messenger_spaces, homepage/acme" in said
        assert "Custom domain serves HTTPS" in said

        # What was done is recorded: nothing of it is taken for somebody else's edit.
        rest = plan_for(found, example())
        assert rest.drift == ()
        assert [change.address for change in rest.changes] == ["portal/acme", "messenger_spaces", "homepage/acme"]
        assert rest.blocked

        found.meddle("PATCH", "site", {"certificate_valid": True})
        assert run(found, plan_for(found, example())).failure is None
        last = plan_for(found, example())
        assert last.empty
        assert not last.record_is_stale


def test_a_file_that_wants_less_is_recorded_without_a_change() -> None:
    with sample() as found:
        assert run(found, plan_for(found, example())).failure is None
        less = {key: value for key, value in example().items() if key != "messenger"}
        plan = plan_for(found, less)
        assert plan.empty
        assert plan.record_is_stale
        assert run(found, plan).failure is None
        assert not plan_for(found, less).record_is_stale
        assert everything(found)["messenger_spaces"]["values"]["tickets"] is True


def test_two_files_share_a_workspace() -> None:
    with sample() as found:
        assert run(found, plan_for(found, example())).failure is None
        other = {
            "version": 1,
            "name": "spaces",
            "help_center": {"identifier": "acme"},
            "messenger": {"spaces": {"news": True}},
        }
        assert run(found, plan_for(found, other)).failure is None
        for values in (example(), other):
            plan = plan_for(found, values)
            assert plan.empty
            assert not plan.record_is_stale

"""What an apply does when the workspace is not as the plan found it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import pytest

from reconciler.apply import document
from reconciler.core.diagnostics import error
from reconciler.core.errors import Blocked, PortalError, Refused, Stale
from reconciler.kinds.registry import KINDS
from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.plan.document import write
from reconciler.render.text.applied import text
from tests.reconciler.plan.test_plan_text import example, read
from tests.support import applying
from tests.support.golden import same_receipts
from tests.support.sample import NOW, Sample, sample

if TYPE_CHECKING:
    from reconciler.apply.executor import Result
    from reconciler.plan.model import Plan


def plan_for(workspace: Sample, values: dict[str, Any]) -> Plan:
    return planning.make_plan(read(values), workspace.target(), now=NOW, allowed=ALLOWABLE)


def plan_undo(workspace: Sample, values: dict[str, Any], receipt: str | None) -> Plan:
    target = workspace.target()
    return planning.plan_undo(read(values), target, target.receipt(str(receipt)), now=NOW, allowed=ALLOWABLE)


def run(workspace: Sample, plan: Plan) -> Result:
    return applying.run(plan, workspace.target())


def everything(workspace: Sample) -> Any:
    with workspace.client() as client:
        return client.get("help_centers/acme/configuration", params={"record": "acme-support"}).json()


@pytest.mark.slow
def test_somebody_was_faster_and_nothing_changes() -> None:
    with sample() as workspace:
        plan = plan_for(workspace, example())
        workspace.meddle("PATCH", "help_centers/acme", {"custom_domain": "help.other.example"})
        before = everything(workspace)
        result = run(workspace, plan)
        assert isinstance(result.failure, Stale)
        assert result.failure.exit_code == 4
        assert result.applied == 0
        assert result.receipt is None
        (conflict,) = result.failure.conflicts
        assert (conflict.address, conflict.part) == ("help_center/acme", "custom_domain")
        assert (conflict.base, conflict.ours, conflict.theirs) == (None, "help.acme.example", "help.other.example")
        assert (conflict.by, conflict.via) == ("Mara Lindholm", "api")
        assert everything(workspace) == before


def test_somebody_did_the_same_already() -> None:
    with sample() as workspace:
        plan = plan_for(workspace, example())
        workspace.meddle("PATCH", "data_attributes/contact/companies", {"messenger_writable": False})
        result = run(workspace, plan)
        assert result.failure is None
        (remark,) = result.remarks
        assert remark.code == "changed-meanwhile"
        assert "Mara Lindholm" in remark.summary


def test_whoever_interrupts_the_release_of_the_lock_is_told_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with sample() as workspace:
        plan, target = plan_for(workspace, example()), workspace.target()
        monkeypatch.setattr(target, "release_lease", interrupted)
        result = applying.run(plan, target)
        assert (result.interrupted, result.applied) == (True, len(plan.changes))
        assert workspace.target().receipt(str(result.receipt))["outcome"] == "applied"


TERRITORY = {"type": "string", "options": ["eu", "us"]}


def with_territory() -> dict[str, Any]:
    """Return the example with an attribute that the workspace does not have yet, and an audience that needs it."""
    values = example()
    protected = values["data_attributes"]["contact"]
    rule = {"attribute": "company.territory", "is": "eu"}
    return {**values, "data_attributes": {"contact": protected, "company": {"territory": TERRITORY}}, "audience": rule}


def test_somebody_made_the_same_already() -> None:
    wanted = with_territory()
    other = {"version": 1, "name": "other", "help_center": {"identifier": "acme"}}
    other["data_attributes"] = {"company": {"territory": TERRITORY}}
    with sample() as workspace:
        plan = plan_for(workspace, wanted)
        assert run(workspace, plan_for(workspace, other)).applied == 1
        result = run(workspace, plan)
        assert result.failure is None
        (made,) = [one.id for one in plan.changes if one.address == "data_attribute/company.territory"]
        assert {one: outcome for one, outcome in result.outcomes.items() if outcome != "applied"} == {
            made: "not_attempted"
        }
        assert result.reasons == {made: "is done already, by somebody else"}
        assert plan_for(workspace, wanted).empty
        assert everything(workspace)["record"]["values"]["data_attribute/company.territory"]["options"] == ["eu", "us"]
        # What somebody else made is not this apply's to take back.
        back = plan_undo(workspace, wanted, result.receipt)
        assert "data_attribute/company.territory" not in {one.address for one in back.changes}


def test_somebody_made_it_otherwise() -> None:
    wanted = with_territory()
    with sample() as workspace:
        plan = plan_for(workspace, wanted)
        with workspace.client() as client:
            body = {**TERRITORY, "options": ["eu", "us", "jp"]}
            assert client.put("data_attributes/company/territory", json=body, headers={"If-None-Match": "*"}).is_success
        result = run(workspace, plan)
        assert isinstance(result.failure, Stale)
        assert "data_attribute/company.territory" in {one.address for one in result.failure.conflicts}


def test_another_field_of_the_same_object_stays_as_somebody_made_it() -> None:
    with sample() as workspace:
        plan = plan_for(workspace, example())
        workspace.meddle("PATCH", "messenger_spaces", {"news": True})
        result = run(workspace, plan)
        assert result.failure is None
        assert [one.address for one in result.remarks] == ["messenger_spaces"]
        spaces = everything(workspace)["messenger_spaces"]["values"]
        assert (spaces["news"], spaces["tickets"]) == (True, True)


def test_who_decides_access_elsewhere_makes_the_plan_stale() -> None:
    with sample() as workspace:
        assert run(workspace, plan_for(workspace, example())).failure is None
        plan = plan_for(workspace, {**example(), "audience": "everyone", "guards": {"allow_everyone": True}})
        assert [change.address for change in plan.changes] == ["audience/acme"]
        # Nothing that the plan would write has moved, but whom it would let in sees something else now.
        workspace.meddle("PATCH", "help_centers/acme/ticket_visibility", {"restricted": True, "conditions": None})
        result = run(workspace, plan)
        assert isinstance(result.failure, Stale)
        assert [one.address for one in result.failure.conflicts] == ["ticket_visibility/acme"]


def test_the_same_configuration_applied_in_between() -> None:
    with sample() as workspace:
        plan, other = plan_for(workspace, example()), plan_for(workspace, example())
        assert run(workspace, other).failure is None
        result = run(workspace, plan)
        assert isinstance(result.failure, Stale)
        assert [one.code for one in result.diagnostics] == ["applied-meanwhile"]
        assert "ci applied acme-support at 2026-03-01T12:00:00Z" in result.diagnostics[0].summary


def test_a_change_elsewhere_is_no_conflict() -> None:
    with sample() as workspace:
        plan = plan_for(workspace, example())
        workspace.meddle("PATCH", "site", {"plan": "advanced"})
        assert run(workspace, plan).failure is None


def test_a_draft_saved_meanwhile_is_not_published() -> None:
    with sample() as workspace:
        plan = plan_for(workspace, example())
        draft = everything(workspace)["homepage"]["draft"]
        workspace.meddle("PATCH", "help_centers/acme/homepage/draft", {"sections": draft[::-1]})
        result = run(workspace, plan)
        assert isinstance(result.failure, Stale)
        assert [(one.address, one.part) for one in result.failure.conflicts] == [("homepage/acme", "draft")]
        assert result.applied == 0
        after = everything(workspace)["homepage"]
        assert (after["live"], after["draft"]) == (draft, draft[::-1])


def test_a_failure_in_the_middle_is_told_recorded_and_made_good() -> None:
    with sample() as workspace:
        plan = plan_for(workspace, example())
        workspace.meddle("PATCH", "site", {"certificate_valid": False})
        result = run(workspace, plan)
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
        said = click.unstyle(text(document.applied(write.to_document(plan), result, None)))
        assert "Applied in part: 4 of 7 changes were made." in said
        assert "not attempted messenger_spaces" in said
        assert "needs 5, which was not made" in said
        assert "Custom domain serves HTTPS" in said

        # What was done is recorded: nothing of it is taken for somebody else's edit.
        rest = plan_for(workspace, example())
        assert rest.drift == ()
        assert rest.record_revision is not None
        assert [change.address for change in rest.changes] == ["portal/acme", "messenger_spaces", "homepage/acme"]
        assert rest.blocked

        workspace.meddle("PATCH", "site", {"certificate_valid": True})
        assert run(workspace, plan_for(workspace, example())).failure is None
        last = plan_for(workspace, example())
        assert last.empty
        assert not last.record_is_stale


def test_a_file_that_wants_less_is_recorded_without_a_change() -> None:
    with sample() as workspace:
        assert run(workspace, plan_for(workspace, example())).failure is None
        less = {key: value for key, value in example().items() if key != "messenger"}
        plan = plan_for(workspace, less)
        assert plan.empty
        assert plan.record_is_stale
        assert run(workspace, plan).failure is None
        assert not plan_for(workspace, less).record_is_stale
        assert everything(workspace)["messenger_spaces"]["values"]["tickets"] is True


def test_two_files_share_a_workspace() -> None:
    with sample() as workspace:
        assert run(workspace, plan_for(workspace, example())).failure is None
        other = {
            "version": 1,
            "name": "spaces",
            "help_center": {"identifier": "acme"},
            "messenger": {"spaces": {"news": True}},
        }
        assert run(workspace, plan_for(workspace, other)).failure is None
        for values in (example(), other):
            plan = plan_for(workspace, values)
            assert plan.empty
            assert not plan.record_is_stale


def test_what_does_not_need_the_failed_change_is_still_made() -> None:
    with sample() as workspace:
        assert run(workspace, plan_for(workspace, example())).failure is None
        values = {**example(), "messenger": {"identity": "jwt", "spaces": {"tickets": True, "news": True}}}
        values["homepage"] = {"sections": ["tickets_portal", "search"], "publish": True}
        plan = plan_for(workspace, values)
        assert {change.address for change in plan.changes} == {"messenger_spaces", "homepage/acme"}

        class Refusing:
            """The workspace, but for one request that it refuses."""

            def __init__(self) -> None:
                self._target = workspace.target()

            def __getattr__(self, name: str) -> Any:
                return getattr(self._target, name)

            def perform(self, operation: Any, revision: int | None, mark: Any) -> Any:
                if operation.path == "messenger_spaces":
                    raise Refused(error("workspace-refused", "not this one"))
                return self._target.perform(operation, revision, mark)

        result = applying.run(plan, Refusing())
        assert [result.outcomes[change.id] for change in plan.changes if change.address == "homepage/acme"] == [
            "applied"
        ]
        assert result.outcome == "applied_in_part"
        again = plan_for(workspace, values)
        assert [change.address for change in again.changes] == ["messenger_spaces"]


def test_undo_takes_back_everything() -> None:
    with sample() as workspace:
        before = everything(workspace)
        result = run(workspace, plan_for(workspace, example()))
        assert result.failure is None
        undo = plan_undo(workspace, example(), result.receipt)
        assert run(workspace, undo).failure is None
        after = everything(workspace)
        for part in ("help_center", "identity", "audience", "ticket_visibility", "portal", "messenger_spaces", "style"):
            assert after[part]["values"] == before[part]["values"]
        assert (after["homepage"]["draft"], after["homepage"]["live"]) == (
            before["homepage"]["draft"],
            before["homepage"]["live"],
        )
        assert after["record"]["values"] == {}


def test_undo_refuses_what_was_changed_since_and_names_it() -> None:
    with sample() as workspace:
        result = run(workspace, plan_for(workspace, example()))
        workspace.meddle("PATCH", "help_centers/acme/audience", {"mode": "everyone", "rule": None})
        workspace.meddle("PATCH", "messenger_spaces", {"news": True})
        with pytest.raises(Stale) as refused:
            plan_undo(workspace, example(), result.receipt)
        (only,) = refused.value.diagnostics
        assert only.code == "changed-since"
        assert "audience/acme rule was changed after r1-3f9a0c, by Mara Lindholm" in same_receipts(only.summary)


def test_an_undo_is_taken_back_too() -> None:
    with sample() as workspace:
        first = run(workspace, plan_for(workspace, example()))
        second = run(workspace, plan_undo(workspace, example(), first.receipt))
        assert second.failure is None
        with pytest.raises(PortalError, match="taken back already"):
            plan_undo(workspace, example(), first.receipt)
        third = run(workspace, plan_undo(workspace, example(), second.receipt))
        assert third.failure is None
        last = plan_for(workspace, example())
        assert last.empty
        assert not last.record_is_stale


ONE_OF_EACH_KIND: dict[str, dict[str, Any]] = {
    "portal": {"portal": {"enabled": False}},
    "audience": {"audience": {"attribute": "person.tag", "is": "beta"}},
    "ticket_visibility": {
        "portal": {
            "ticket_visibility": {"own_for": {"attribute": "company.name", "is": "Examply"}, "otherwise": "company"}
        }
    },
    "homepage": {"homepage": {"sections": ["tickets_portal"], "unlisted": "hide", "publish": True}},
    "messenger_spaces": {"messenger": {"spaces": {"tickets": False, "news": True}}},
    "help_center": {"help_center": {"identifier": "acme", "custom_domain": "support.acme.example"}},
    "granted_companies": {"granted_companies": {"ada@examply.com": ["northwind"]}},
    "identity": {"messenger": {"identity": "hmac"}},
    "style": {
        "style": {"primary_color": "#1f4e79", "footer_links": [{"label": "Terms", "url": "https://acme.example"}]}
    },
    "data_attribute": {
        "data_attributes": {
            "company": {"tier": {"type": "string", "options": ["a", "b"]}, "seats": {"type": "integer"}}
        },
        "audience": {"attribute": "company.tier", "is": "a"},
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_change_is_taken_back(kind: str) -> None:
    with sample() as workspace:
        assert run(workspace, plan_for(workspace, example())).failure is None
        before = everything(workspace)
        head = {"version": 1, "name": "acme-support", "help_center": {"identifier": "acme"}}
        values = {**head, "guards": {"allow_everyone": True}, **ONE_OF_EACH_KIND[kind]}
        plan = plan_for(workspace, values)
        assert kind in {change.address.partition("/")[0] for change in plan.changes}
        done = run(workspace, plan)
        assert done.failure is None
        assert run(workspace, plan_undo(workspace, values, done.receipt)).failure is None
        after = everything(workspace)
        for part in ("help_center", "identity", "audience", "ticket_visibility", "portal", "messenger_spaces", "style"):
            assert after[part]["values"] == before[part]["values"], part
        assert (after["homepage"]["draft"], after["homepage"]["live"]) == (
            before["homepage"]["draft"],
            before["homepage"]["live"],
        )
        attributes = [(one["model"], one["name"], one["values"]) for one in before["data_attributes"]]
        assert [(one["model"], one["name"], one["values"]) for one in after["data_attributes"]] == attributes
        assert (after["record"]["values"], after["record"]["digest"]) == (
            before["record"]["values"],
            before["record"]["digest"],
        )


def test_a_page_goes_live_after_the_card_was_added_to_it() -> None:
    with sample() as workspace:
        values = {**example(), "homepage": {"publish": True}}
        plan = plan_for(workspace, values)
        addresses = [change.address for change in plan.changes]
        assert addresses.index("portal/acme") < addresses.index("homepage/acme")
        assert run(workspace, plan).failure is None
        assert plan_for(workspace, values).empty

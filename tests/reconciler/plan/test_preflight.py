"""Settings that two configurations of one workspace name: who is told of which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.operations import plan as planning
from reconciler.plan.checks.guards import ALLOWABLE
from tests.reconciler.plan.test_plan_text import read
from tests.support import applying
from tests.support.sample import NOW, Sample, sample

if TYPE_CHECKING:
    from reconciler.core.diagnostics import Diagnostic

TIER = {"type": "string", "options": ["free", "team", "enterprise"], "description": "What they pay for."}


def file(name: str, **values: Any) -> dict[str, Any]:
    return {"version": 1, "name": name, "help_center": {"identifier": "acme"}, **values}


def apply(workspace: Sample, values: dict[str, Any]) -> None:
    plan = planning.make_plan(read(values), workspace.target(), now=NOW, allowed=ALLOWABLE)
    assert applying.run(plan, workspace.target()).failure is None


def told(workspace: Sample, values: dict[str, Any]) -> list[Diagnostic]:
    plan = planning.make_plan(read(values), workspace.target(), now=NOW, allowed=ALLOWABLE)
    return [one for one in plan.diagnostics if one.code == "managed-elsewhere"]


def test_each_object_is_told_once_with_the_fields_that_both_name() -> None:
    spaces = {"spaces": {"tickets": False, "news": True}}
    with sample() as workspace:
        apply(workspace, file("one", messenger=spaces, data_attributes={"company": {"plan_tier": TIER}}))
        mine = {"spaces": {"tickets": True, "help": True}}
        assert told(workspace, file("one", messenger=mine)) == []
        # The type of an attribute is fixed, and both may need it.
        tier = {"type": "string", "options": TIER["options"]}
        warned = told(workspace, file("two", messenger=mine, data_attributes={"company": {"plan_tier": tier}}))
        assert [one.address for one in warned] == ["messenger_spaces", "data_attribute/company.plan_tier"]
        assert warned[0].summary.startswith("one manages `tickets` of messenger_spaces, too: applied at ")
        assert warned[0].summary.endswith("a change of `tickets` here is drift there, and an apply of one puts it back")
        assert warned[1].summary.startswith("one manages `options` of data_attribute/company.plan_tier, too")
        assert "drift there" not in warned[1].summary


def test_what_a_file_ignores_it_does_not_share() -> None:
    spaces = {"spaces": {"tickets": False, "news": True}}
    rule = {
        "address": "messenger_spaces",
        "field": "tickets",
        "reason": "Theirs.",
        "owner": "ops",
        "until": "2999-12-31",
    }
    with sample() as workspace:
        apply(workspace, file("one", messenger=spaces))
        (warned,) = told(workspace, file("two", messenger=spaces, ignore=[rule]))
        assert "`news` of messenger_spaces" in warned.summary
        assert "tickets" not in warned.summary


def test_several_others_are_told_by_name_until_they_let_go() -> None:
    spaces = {"spaces": {"tickets": False}}
    with sample() as workspace:
        for name in ("zoe", "adam"):
            apply(workspace, file(name, messenger=spaces))
        warned = told(workspace, file("two", messenger=spaces))
        assert [one.summary.split()[0] for one in warned] == ["adam", "zoe"]
        apply(workspace, file("zoe"))
        assert [one.summary.split()[0] for one in told(workspace, file("two", messenger=spaces))] == ["adam"]

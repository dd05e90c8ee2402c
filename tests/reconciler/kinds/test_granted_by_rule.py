"""Companies granted by rule: who matches gets them, who matches no more loses them, and everything else stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from reconciler.config.environments.files import Files
from reconciler.core.errors import Blocked
from reconciler.operations import drift as drifting
from reconciler.operations import plan as planning
from reconciler.operations.adopt import adoption
from reconciler.operations.observe import attributes
from reconciler.plan.document import write
from reconciler.render import formats
from reconciler.render.text import plan as text
from tests.reconciler.kinds.test_granted_companies import OPEN, applied, file, have, live, opened_stage, planned
from tests.support import applying
from tests.support.laws.stage import NOW, read
from tests.support.reference import Company, Person
from tests.support.workspace.strategies import World
from workspace.database import engine as db
from workspace.people import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.plan.model import Plan
    from tests.support.laws.stage import Stage

PARTNERS = {"attribute": "person.email", "ends_with": "@partner.example"}
NORTH = [{"where": PARTNERS, "companies": ["north/1"]}]
NOBODY = [{"where": "nobody", "companies": ["north/1"]}]


@pytest.fixture
def opened() -> Iterator[Stage]:
    with opened_stage() as workspace:
        yield workspace


def by_rule(workspace: Stage, rules: list[dict[str, Any]], granted: dict[str, Any] | None = None, **more: Any) -> Plan:
    return planned(workspace, granted, granted_by_rule=rules, **more)


def apply_rules(workspace: Stage, rules: list[dict[str, Any]], granted: dict[str, Any] | None = None) -> Plan:
    return applied(workspace, granted, granted_by_rule=rules)


def now_called(workspace: Stage, person: str, email: str) -> None:
    with db.writing(workspace.engine) as connection:
        rows.update_contact(connection, person, {"email": email})


def test_whoever_matches_is_granted_the_companies_and_counted(opened: Stage) -> None:
    plan = by_rule(opened, NORTH)
    assert plan.impact is not None
    assert plan.impact.sees_more.sample == ("Dana@partner.example", "eve@partner.example")
    (change,) = plan.changes
    assert {field.field: (field.before, field.after) for field in change.fields} == {
        "dana": ([], ["north/1"]),
        "eve": ([], ["north/1"]),
    }
    place = read(file(None, granted_by_rule=NORTH)).source(("granted_by_rule", 0))
    assert dict(change.sources) == {"dana": place, "eve": place}
    (remark,) = [one for one in plan.diagnostics if one.code == "granted-by-rule"]
    assert remark.summary == "by rule, companies are granted to 2 people (Dana@partner.example, eve@partner.example)"
    document = write.to_document(plan)
    for shown in (text.plan(document), formats.plan(document, "markdown"), formats.plan(document, "html")):
        assert "north/1" in shown
        assert "Dana@partner.example" in shown
    apply_rules(opened, NORTH)
    assert live(opened) == {"dana": ["north/1"], "eve": ["north/1"]}
    assert by_rule(opened, NORTH).empty


def test_whoever_matches_no_more_loses_them_and_keeps_all_else(opened: Stage) -> None:
    have(opened, dana=["south/1"], one=["south/1"])
    apply_rules(opened, NORTH)
    now_called(opened, "dana", "dana@elsewhere.example")
    plan = by_rule(opened, NORTH)
    assert [(field.field, field.before, field.after) for field in plan.changes[0].fields] == [
        ("dana", ["north/1", "south/1"], ["south/1"])
    ]
    assert plan.drift == ()
    (remark,) = [one.summary for one in plan.diagnostics if one.code == "granted-by-rule"]
    assert remark == "by rule, companies are taken from 1 person (dana@elsewhere.example)"
    apply_rules(opened, NORTH)
    assert live(opened) == {"dana": ["south/1"], "eve": ["north/1"], "one": ["south/1"]}


def test_a_grant_by_hand_of_a_company_that_goes_by_rule_is_drift(opened: Stage) -> None:
    apply_rules(opened, NORTH)
    have(opened, one=["north/1", "south/1"], eve=[])
    plan = by_rule(opened, NORTH)
    assert [(one.field, one.recorded, one.live) for one in plan.drift] == [
        ("eve", ["north/1"], []),
        ("one", ["south/1"], ["north/1", "south/1"]),
    ]
    target, _ = opened.target()
    config = read(file(None, granted_by_rule=NORTH))
    assert len(drifting.findings(config, target, now=NOW)[1]) == 2
    back = planning.plan_revert(config, target, now=NOW)
    assert applying.run(back, target).failure is None
    assert live(opened) == {"dana": ["north/1"], "eve": ["north/1"], "one": ["south/1"]}


def test_what_drifted_of_a_rule_is_adopted_by_the_name_of_the_person(opened: Stage) -> None:
    apply_rules(opened, NORTH)
    have(opened, eve=["south/1"])
    written = json.dumps(file(None, granted_by_rule=NORTH), indent=1).encode()
    config = read(json.loads(written))
    target, _ = opened.target()
    state, findings = drifting.findings(config, target, now=NOW)
    assert findings[0].source == config.source(("granted_by_rule", 0))
    adopted = adoption(Files("law.yaml", {"law.yaml": written}, {}), config, state, findings, ())
    values = yaml.safe_load(adopted.contents["law.yaml"])
    assert values["granted_companies"] == {"eve": ["south/1"]}
    assert planning.make_plan(read(values), target, now=NOW).changes == ()


def test_whom_the_file_names_goes_by_their_own_list(opened: Stage) -> None:
    apply_rules(opened, NORTH, {"DANA@partner.example": [], "one": ["north/1"]})
    assert live(opened) == {"eve": ["north/1"], "one": ["north/1"]}
    assert by_rule(opened, NORTH, {"u-1": [], "one": ["north/1"]}).empty


def test_several_rules_add_up(opened: Stage) -> None:
    rules = [*NORTH, {"where": {"attribute": "person.external_id", "is": "u-1"}, "companies": ["south/1"]}]
    apply_rules(opened, rules)
    assert live(opened) == {"dana": ["north/1", "south/1"], "eve": ["north/1"]}
    assert by_rule(opened, rules).empty


def test_nobody_takes_the_companies_away_and_without_the_key_they_stay(opened: Stage) -> None:
    apply_rules(opened, NORTH)
    assert planned(opened, None).changes == ()
    apply_rules(opened, NOBODY)
    assert live(opened) == {}


def test_an_apply_by_rule_is_taken_back(opened: Stage) -> None:
    have(opened, dana=["south/1"], one=["north/1"])
    apply_rules(opened, NORTH)
    assert live(opened) == {"dana": ["north/1", "south/1"], "eve": ["north/1"]}
    target, _ = opened.target()
    (receipt, *_) = target.receipts()["data"]
    config = read(file(None, granted_by_rule=NORTH))
    undo = planning.plan_undo(config, target, target.receipt(receipt["id"]), now=NOW)
    assert applying.run(undo, target).failure is None
    assert live(opened) == {"dana": ["south/1"], "one": ["north/1"]}


def test_rules_take_first_and_give_last(opened: Stage) -> None:
    have(opened, one=["north/1"])
    narrow = {"attribute": "person.email", "contains": "e"}
    plan = by_rule(opened, NORTH, audience=narrow)
    assert [(one.address, [field.field for field in one.fields]) for one in plan.changes] == [
        ("granted_companies", ["one"]),
        ("audience/acme", ["rule"]),
        ("granted_companies", ["dana", "eve"]),
    ]


def test_a_rule_over_what_a_browser_may_write_is_warned_of(opened: Stage) -> None:
    attribute = {"data_attributes": {"contact": {"auditor": {"type": "boolean", "messenger_writable": True}}}}
    rules = [{"where": {"attribute": "person.auditor", "is": True}, "companies": ["north/1"]}]
    plan = by_rule(opened, rules, **attribute)
    (said,) = [one for one in plan.diagnostics if one.code == "attribute-writable-decides"]
    assert "can read the tickets of those companies" in said.summary
    assert said.source is not None


def test_unknown_companies_and_guards_stop_rules_too(opened: Stage) -> None:
    gone = by_rule(opened, [{"where": PARTNERS, "companies": ["gone"]}])
    assert [one.code for one in gone.diagnostics if one.severity == "error"] == ["company-unknown"]
    guarded = by_rule(opened, NORTH, guards={"max_access_gained": 1})
    assert [one.name for one in guarded.guards if one.blocks] == ["max_access_gained"]
    expected = [{"person": "u-1", "cannot": ["see_company_tickets"]}]
    assert by_rule(opened, NORTH, expectations=expected).blocked


def test_an_ignore_rule_leaves_a_person_alone(opened: Stage) -> None:
    rule = {"address": "granted_companies", "field": "dana", "reason": "by hand", "owner": "crm", "until": "2026-12-31"}
    plan = by_rule(opened, NORTH, ignore=[rule])
    assert [field.field for change in plan.changes for field in change.fields] == ["eve"]
    everyone = by_rule(opened, NORTH, ignore=[{key: rule[key] for key in rule if key != "field"}])
    assert everyone.changes == ()


def test_the_mirror_keeps_what_rules_of_grants_ask_for() -> None:
    declared = {"data_attributes": {"contact": {"auditor": {"type": "boolean"}}}}
    rules = [{"where": {"attribute": "person.auditor", "is": True}, "companies": ["north/1"]}]
    assert "auditor" in attributes(read(file(None, granted_by_rule=rules, **declared)))["person"]


def test_more_people_than_a_plan_decides_on_are_refused() -> None:
    with _crowd(1001) as workspace, pytest.raises(Blocked) as refused:
        by_rule(workspace, NORTH)
    (said,) = refused.value.diagnostics
    assert (refused.value.exit_code, said.code) == (3, "grants-too-many-people")
    assert "1,001 people" in said.summary
    assert said.source is not None


def test_many_people_are_granted_in_portions() -> None:
    with _crowd(45) as workspace:
        plan = apply_rules(workspace, NORTH)
        assert len(live(workspace)) == 45
        assert plan.impact is not None
        assert plan.impact.sees_more.count == 45
        target, _ = workspace.target()
        (receipt, *_) = target.receipts()["data"]
        config = read(file(None, granted_by_rule=NORTH))
        undo = planning.plan_undo(config, target, target.receipt(receipt["id"]), now=NOW)
        assert applying.run(undo, target).failure is None
        assert live(workspace) == {}


def _crowd(count: int) -> Any:
    from tests.support.laws.stage import stage

    people = tuple(Person(f"p-{number:04}", {"email": f"p{number}@partner.example"}) for number in range(count))
    company = Company("north", {"created_at": 0, "company_id": "north/1", "name": "North"})
    return stage(World(people, (company,), ()), OPEN)

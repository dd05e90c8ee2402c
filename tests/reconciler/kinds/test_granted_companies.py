"""Granted companies: a field for each person, counted in who sees more and less, taken first and given last."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from reconciler.core.errors import Blocked
from reconciler.operations import plan as planning
from reconciler.operations import pull
from reconciler.operations.drift import drift_document
from reconciler.plan.checks.guards import Risk
from reconciler.plan.document import write
from reconciler.render import formats
from reconciler.render.text import plan as text
from tests.support import applying
from tests.support.laws.stage import NOW, Stage, read, stage
from tests.support.reference import Company, Person, Ticket
from tests.support.workspace.strategies import World
from workspace.database import engine as db
from workspace.people import grants

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.plan.model import Plan

NORTH, SOUTH = (
    Company(name, {"created_at": 0, "company_id": f"{name}/1", "name": name.title()}) for name in ("north", "south")
)
DANA = Person("dana", {"external_id": "u-1", "email": "Dana@partner.example"})
EVE = Person("eve", {"email": "eve@partner.example"}, companies=(SOUTH,))
TWINS = (Person("one", {"email": "twin@x.example"}), Person("two", {"email": "twin@x.example"}))
TICKETS = (Ticket("t-north", "eve", "north", "customer"), Ticket("t-south", "one", "south", "customer"))
WORLD = World((DANA, EVE, *TWINS), (NORTH, SOUTH), TICKETS)
OPEN: dict[str, Any] = {
    "site": {
        "messenger_installed": True,
        "certificate_valid": True,
        "cookie_forwarding_detectable": True,
        "plan": "expert",
    },
    "help_center/acme": {"live": True, "custom_domain": "help.acme.example", "https": True, "cookie_forwarding": True},
    "identity": {"mode": "jwt"},
    "data_attribute/contact.companies": {"messenger_writable": False},
    "messenger_spaces": {"tickets": True},
    "portal/acme": {"enabled": True},
    "audience/acme": "everyone",
    "ticket_visibility/acme": "company",
}


def file(granted: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    grants = {} if granted is None else {"granted_companies": granted}
    return {"version": 1, "name": "law", "help_center": {"identifier": "acme"}, **grants, **more}


def planned(workspace: Stage, granted: dict[str, Any] | None, **more: Any) -> Plan:
    target, _ = workspace.target()
    return planning.make_plan(read(file(granted, **more)), target, now=NOW, allowed=more.pop("allowed", ()))


def applied(workspace: Stage, granted: dict[str, Any] | None, **more: Any) -> Plan:
    plan = planned(workspace, granted, **more)
    target, _ = workspace.target()
    assert not plan.blocked, plan.blockers
    assert applying.run(plan, target).failure is None
    return plan


def have(workspace: Stage, **granted: Sequence[str]) -> None:
    """Grant people companies by hand."""
    with db.writing(workspace.engine) as connection:
        for person, companies in granted.items():
            grants.replace(connection, person, companies)


def live(workspace: Stage) -> dict[str, list[str]]:
    return {one["id"]: one["companies"] for one in workspace.configuration()["granted_companies"]["people"]}


@pytest.fixture
def opened() -> Iterator[Stage]:
    with opened_stage() as workspace:
        yield workspace


@contextmanager
def opened_stage(**settings: Any) -> Iterator[Stage]:
    with stage(WORLD, OPEN | settings) as workspace:
        yield workspace


def test_a_plan_counts_who_is_granted_more_and_less(opened: Stage) -> None:
    have(opened, eve=["north/1"])
    plan = planned(opened, {"u-1": ["north/1", "south/1"], "eve@partner.example": []})
    assert plan.impact is not None
    assert (plan.impact.sees_more.sample, plan.impact.sees_less.sample) == (
        ("Dana@partner.example",),
        ("eve@partner.example",),
    )
    assert (plan.impact.gained.count, plan.impact.lost.count) == (0, 0)
    (change,) = plan.changes
    assert set(change.risks) == {Risk.WIDENS_ACCESS, Risk.NARROWS_ACCESS}
    assert {field.field: (field.before, field.after) for field in change.fields} == {
        "u-1": ([], ["north/1", "south/1"]),
        "eve@partner.example": (["north/1"], []),
    }
    document = write.to_document(plan)
    for shown in (text.plan(document), formats.plan(document, "markdown"), formats.plan(document, "html")):
        assert "north/1" in shown
        assert "u-1" in shown
        assert "Dana@partner.example" in shown


def test_what_is_applied_is_granted_and_planned_no_more(opened: Stage) -> None:
    have(opened, one=["north/1"])
    wanted = {"dana@PARTNER.example": ["south/1", "north/1"], "eve": ["north/1"]}
    applied(opened, wanted)
    assert live(opened) == {"dana": ["north/1", "south/1"], "eve": ["north/1"], "one": ["north/1"]}
    assert planned(opened, wanted).changes == ()
    # Under another of their names, too; who is not named keeps what they have.
    assert planned(opened, {"u-1": ["north/1", "south/1"]}).changes == ()
    applied(opened, {"u-1": [], "eve": ["north/1"]})
    assert live(opened) == {"eve": ["north/1"], "one": ["north/1"]}


def test_a_grant_by_hand_is_drift_and_put_back(opened: Stage) -> None:
    applied(opened, {"u-1": ["north/1"]})
    applied(opened, {"u-1": ["south/1"]}, name="somebody-else")
    plan = planned(opened, {"u-1": ["north/1"]})
    (drift,) = plan.drift
    assert (drift.address, drift.field) == ("granted_companies", "u-1")
    assert "u-1" in str(drift_document(plan))
    target, _ = opened.target()
    back = planning.plan_revert(read(file({"u-1": ["north/1"]})), target, now=NOW)
    assert applying.run(back, target).failure is None
    assert live(opened) == {"dana": ["north/1"]}


def test_an_apply_is_taken_back(opened: Stage) -> None:
    have(opened, eve=["north/1"], one=["south/1"])
    config = read(file({"u-1": ["north/1"], "eve": []}))
    target, _ = opened.target()
    result = applying.run(planning.make_plan(config, target, now=NOW), target)
    assert result.failure is None
    assert live(opened) == {"dana": ["north/1"], "one": ["south/1"]}
    (summary, *_) = target.receipts()["data"]
    undo = planning.plan_undo(config, target, target.receipt(summary["id"]), now=NOW)
    assert undo.impact is not None
    assert (undo.impact.sees_more.count, undo.impact.sees_less.count) == (1, 1)
    assert applying.run(undo, target).failure is None
    assert live(opened) == {"eve": ["north/1"], "one": ["south/1"]}


def test_grants_are_taken_before_anything_widens_and_given_last(opened: Stage) -> None:
    have(opened, dana=["north/1"])
    narrow = {"attribute": "person.email", "contains": "eve"}
    plan = planned(opened, {"u-1": ["south/1"], "eve": ["north/1"]}, audience=narrow)
    assert [(one.address, [field.field for field in one.fields]) for one in plan.changes] == [
        ("granted_companies", ["u-1"]),
        ("audience/acme", ["rule"]),
        ("granted_companies", ["u-1", "eve"]),
    ]
    target, sent = opened.target()
    ends = opened.seen() | frozenset((one, ticket) for one, ticket in _after(opened, plan))
    wider: list[frozenset[tuple[str, str]]] = []
    sent.after_write = lambda: wider.append(opened.seen() - ends)
    assert applying.run(plan, target).failure is None
    assert wider
    assert not any(wider)
    assert opened.seen() == _after(opened, plan)


def _after(workspace: Stage, plan: Plan) -> frozenset[tuple[str, str]]:
    return workspace.seen(dict(plan.views[1]))


@pytest.mark.parametrize(
    ("granted", "codes"),
    [
        ({"nobody": ["north/1"]}, {"person-unknown"}),
        ({"twin@x.example": ["north/1"]}, {"person-ambiguous"}),
        ({"u-1": ["gone"]}, {"company-unknown"}),
        ({"u-1": ["north/1"], "dana@partner.example": ["south/1"]}, {"granted-twice"}),
    ],
)
def test_a_plan_refuses_what_the_workspace_would(opened: Stage, granted: dict[str, Any], codes: set[str]) -> None:
    plan = planned(opened, granted)
    assert {one.code for one in plan.diagnostics if one.severity == "error"} == codes
    assert plan.blocked
    assert all(one.source is not None for one in _errors(plan))


def test_nobody_is_granted_more_than_the_vendor_takes(opened: Stage) -> None:
    with pytest.raises(Blocked) as refused:
        planned(opened, {"u-1": ["north/1", *(f"c-{number}" for number in range(100))]})
    (said,) = refused.value.diagnostics
    assert (refused.value.exit_code, said.code) == (3, "grants-too-many")
    assert "u-1 would be granted 101 companies, but the limit is 100" in said.summary


def _errors(plan: Plan) -> list[Diagnostic]:
    return [one for one in plan.diagnostics if one.severity == "error"]


def test_where_grants_are_off_a_plan_says_so() -> None:
    with opened_stage(granted_companies={"enabled": False}) as workspace:
        assert {one.code for one in _errors(planned(workspace, {"u-1": ["north/1"]}))} == {"grants-not-enabled"}
        assert not planned(workspace, {"u-1": []}).blocked


def test_guards_stop_grants_like_any_other_widening(opened: Stage) -> None:
    plan = planned(opened, {"u-1": ["north/1"]}, guards={"max_access_gained": 0})
    assert plan.blocked
    assert [one.name for one in plan.guards if one.blocks] == ["max_access_gained"]


def test_expectations_are_judged_with_what_will_be_granted(opened: Stage) -> None:
    expected = [{"person": "u-1", "can": ["see_company_tickets"]}]
    assert planned(opened, {"eve": ["north/1"]}, expectations=expected).blocked
    applied(opened, {"u-1": ["north/1"]}, expectations=expected)
    assert planned(opened, {"u-1": []}, expectations=expected).blocked


def test_a_pulled_file_says_who_is_granted_what(opened: Stage) -> None:
    have(opened, dana=["north/1", "south/1"], eve=["north/1"])
    target, _ = opened.target()
    pulled = pull.pulled(target.observe("acme", "law"), "law")
    assert "granted_companies:" in pulled.text
    assert planning.make_plan(read(yaml.safe_load(pulled.text)), target, now=NOW).changes == ()
    assert yaml.safe_load(pulled.text)["granted_companies"] == {
        "u-1": ["north/1", "south/1"],
        "eve@partner.example": ["north/1"],
    }


def test_an_ignore_rule_leaves_grants_alone(opened: Stage) -> None:
    rule = {"address": "granted_companies", "reason": "the CRM decides", "owner": "crm", "until": "2026-12-31"}
    plan = planned(opened, {"u-1": ["north/1"]}, ignore=[rule])
    assert plan.changes == ()
    assert plan.ignored[0].differences == 1

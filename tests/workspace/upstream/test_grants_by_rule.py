"""Companies that Intercom's people are granted: who reads tickets by it, and who is granted them by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.operations import drift as drifting
from reconciler.operations import plan as planning
from reconciler.operations.access import explanation_document
from tests.support import applying
from tests.support.laws.stage import read
from tests.support.upstream.stage import looked, staged
from tests.support.upstream.vendor import error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx

    from reconciler.plan.model import Plan
    from tests.support.upstream.stage import Stage

pytestmark = pytest.mark.slow

NEWER = {"Intercom-Version": "2.18"}
FILE: dict[str, Any] = {"version": 1, "name": "acme", "help_center": {"identifier": "acme"}}
PARTNERS = {"attribute": "person.email", "ends_with": "@partner.example"}
RULES = [{"where": PARTNERS, "companies": ["north/1"]}]
DANA, OMAR, NORA = "dana@partner.example", "omar@partner.example", "nora@north.example"


def _peopled(stage: Stage) -> None:
    """Two partners without a company, and one company with somebody in it."""
    with stage.behind() as intercom:
        company = intercom.post("/companies", json={"company_id": "north/1", "name": "Northern"}).json()
        intercom.post("/companies", json={"company_id": "south", "name": "South"})
        for email in (DANA, OMAR, NORA):
            contact = intercom.post("/contacts", json={"email": email, "role": "user"}).json()
            if email == NORA:
                intercom.post(f"/contacts/{contact['id']}/companies", json={"id": company["id"]})
    looked(stage)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged(prepare=_peopled) as workspace:
        yield workspace


def planned(stage: Stage, **settings: Any) -> Plan:
    stage.clock.now += 60
    return planning.make_plan(read({**FILE, **settings}), stage.target(), now=stage.moment())


def apply(stage: Stage, **settings: Any) -> Plan:
    plan = planned(stage, **settings)
    assert not plan.blocked, plan.blockers
    assert applying.run(plan, stage.target()).failure is None
    return plan


def contact(intercom: httpx.Client, email: str) -> str:
    query = {"query": {"field": "email", "operator": "=", "value": email}}
    (person,) = intercom.post("/contacts/search", json=query).json()["data"]
    return str(person["id"])


def there(stage: Stage, email: str) -> list[str]:
    with stage.behind() as intercom:
        path = f"/contacts/{contact(intercom, email)}/granted_companies"
        ids: list[str] = intercom.get(path, headers=NEWER).json()["company_ids"]
    return sorted(ids)


def by_hand(stage: Stage, email: str, companies: Sequence[str]) -> None:
    with stage.behind() as intercom:
        path = f"/contacts/{contact(intercom, email)}/granted_companies"
        assert intercom.put(path, json={"company_ids": companies}, headers=NEWER).is_success


def now_called(stage: Stage, email: str, new: str) -> None:
    with stage.behind() as intercom:
        assert intercom.put(f"/contacts/{contact(intercom, email)}", json={"email": new}).is_success
    stage.clock.now += 3600


def holds(plan: Plan) -> bool:
    """Tell whether the one expectation of a plan holds."""
    (verdict,) = plan.expectations
    return verdict.holds


def open_to_all(stage: Stage) -> None:
    """Let a person say that the portal is open to everyone, with their companies' tickets."""
    for address, values in (
        ("portal/acme", {"enabled": True}),
        ("audience/acme", {"mode": "everyone", "rule": None}),
        ("ticket_visibility/acme", {"restricted": False, "conditions": None}),
    ):
        answer = stage.admin("Mara").post("/attestations", json={"address": address, "values": values})
        assert answer.is_success, answer.text


def test_somebody_outside_a_company_counts_in_impact_explain_and_expectations(stage: Stage) -> None:
    """Acceptance check 15."""
    open_to_all(stage)
    cannot = [{"person": DANA, "cannot": ["see_company_tickets"]}]
    can = [{"person": DANA, "can": ["see_company_tickets"]}]
    assert holds(planned(stage, expectations=cannot))
    assert not holds(planned(stage, expectations=can))
    plan = planned(stage, granted_companies={DANA: ["north/1"]}, expectations=can)
    assert holds(plan)
    assert plan.impact is not None
    assert (plan.impact.gained.count, plan.impact.sees_more.sample, plan.impact.sees_less.count) == (0, (DANA,), 0)
    apply(stage, granted_companies={DANA: ["north/1"]}, expectations=can)
    assert not holds(planned(stage, granted_companies={DANA: ["north/1"]}, expectations=cannot))
    lesser = planned(stage, granted_companies={DANA: []})
    assert lesser.impact is not None
    assert lesser.impact.sees_less.sample == (DANA,)
    (answer,) = stage.target().check("acme", [DANA], None, card_shown=None)
    explained = explanation_document(lesser.views[0], answer, live=True)
    assert (explained["granted"], explained["person"]["companies"]) == (["Northern"], [])
    assert explained["can"]["see_company_tickets"]


def test_whoever_matches_is_granted_and_whoever_matches_no_more_loses_it(stage: Stage) -> None:
    open_to_all(stage)
    by_hand(stage, DANA, ["south"])
    plan = apply(stage, granted_by_rule=RULES)
    assert plan.impact is not None
    assert plan.impact.sees_more.sample == (DANA, OMAR)
    assert (there(stage, DANA), there(stage, OMAR)) == (["north/1", "south"], ["north/1"])
    assert planned(stage, granted_by_rule=RULES).changes == ()
    now_called(stage, DANA, "dana@elsewhere.example")
    apply(stage, granted_by_rule=RULES)
    assert (there(stage, "dana@elsewhere.example"), there(stage, OMAR)) == (["south"], ["north/1"])


def test_a_grant_by_hand_to_a_person_of_a_rule_is_drift(stage: Stage) -> None:
    apply(stage, granted_by_rule=RULES)
    by_hand(stage, OMAR, [])
    plan = planned(stage, granted_by_rule=RULES)
    assert [(one.recorded, one.live) for one in plan.drift] == [(["north/1"], [])]
    assert drifting.drift_document(plan)["outcome"] == "drift"


@pytest.mark.parametrize("why", ["people", "companies"])
def test_nothing_changes_by_rule_while_not_everybody_is_known(stage: Stage, why: str) -> None:
    about_companies = {"attribute": "company.name", "is": "Northern"}
    where = PARTNERS if why == "people" else {"any": [PARTNERS, about_companies]}
    rules = [{"where": where, "companies": ["north/1"]}]
    apply(stage, granted_by_rule=rules)
    now_called(stage, DANA, "dana@elsewhere.example")
    moved = "dana@elsewhere.example"

    def less(request: httpx.Request, body: Any) -> Any:
        if request.url.path == "/contacts/search" and why == "people":
            body["total_count"] += 1000
        elif request.url.path == "/contacts/search":
            for one in body["data"]:
                if one["email"] == moved:
                    one["companies"] |= {"has_more": True, "total_count": 11}
                    stage.vendor.script("GET", f"/contacts/{one['id']}/companies", *[(500, error("server_error"))] * 9)
        return body

    stage.vendor.bend = less
    stage.clock.now += 90_000
    plan = planned(stage, granted_by_rule=rules)
    (refused,) = [one for one in plan.diagnostics if one.code == "grants-people-incomplete"]
    assert plan.blocked
    assert refused.source is not None
    assert there(stage, moved) == ["north/1"]
    # Nothing that hangs on who matches is no reason to refuse anything.
    assert not planned(stage, granted_companies={OMAR: ["south"]}).blocked


def test_what_was_granted_by_rule_is_taken_back(stage: Stage) -> None:
    by_hand(stage, DANA, ["south"])
    apply(stage, granted_by_rule=RULES)
    target = stage.target()
    (receipt, *_) = target.receipts()["data"]
    config = read({**FILE, "granted_by_rule": RULES})
    undo = planning.plan_undo(config, target, target.receipt(receipt["id"]), now=stage.moment())
    assert applying.run(undo, target).failure is None
    assert (there(stage, DANA), there(stage, OMAR)) == (["south"], [])


def test_the_same_rule_grants_in_the_live_workspace_what_it_granted_in_the_other() -> None:
    with staged(prepare=_peopled) as test, staged() as live:
        with live.behind() as intercom:
            # Other people, and so other ids, in another order.
            for email in ("ines@partner.example", OMAR):
                intercom.post("/contacts", json={"email": email, "role": "user"})
            company = intercom.post("/companies", json={"company_id": "north/1", "name": "Northern"}).json()
            nora = intercom.post("/contacts", json={"email": NORA, "role": "user"}).json()
            intercom.post(f"/contacts/{nora['id']}/companies", json={"id": company["id"]})
        looked(live)
        for one in (test, live):
            apply(one, granted_by_rule=RULES)
            assert planned(one, granted_by_rule=RULES).changes == ()
        assert there(live, "ines@partner.example") == there(live, OMAR) == there(test, DANA) == ["north/1"]

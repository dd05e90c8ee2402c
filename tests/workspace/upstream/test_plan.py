"""A plan over an Intercom workspace: what is seen, what is not, who is counted, and what the API takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import jsonschema_rs
import pytest

from reconciler.cli import planning as cli_planning
from reconciler.core.contract import load_json
from reconciler.core.errors import ConfigurationInvalid, WorkspaceUnusable
from reconciler.operations import plan as planning
from reconciler.plan.document.write import to_document
from reconciler.render.html import page
from reconciler.render.markdown import plan as markdown
from reconciler.render.text import plan as text
from reconciler.target.protocol import find_person
from tests.support import applying
from tests.support.laws.stage import read
from tests.support.upstream.stage import looked, staged
from tests.support.upstream.vendor import error

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from reconciler.plan.model import Plan
    from tests.support.upstream.stage import Stage

pytestmark = pytest.mark.slow

SEEN: dict[str, Any] = {
    "version": 1,
    "name": "acme",
    "help_center": {"identifier": "acme", "live": False},
    "messenger": {"identity": "off"},
}
FILE: dict[str, Any] = {
    **SEEN,
    "portal": {"enabled": True},
    "audience": {"attribute": "company.plan_tier", "is": ["team"]},
    "data_attributes": {"company": {"plan_tier": {"type": "string"}}},
}


def planned(stage: Stage, values: dict[str, Any]) -> Plan:
    return planning.make_plan(read(values), stage.target(), now=stage.moment())


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged(prepare=looked) as workspace:
        yield workspace


def test_what_nobody_can_see_differs_from_what_is_wanted(stage: Stage) -> None:
    document = to_document(planned(stage, FILE))
    jsonschema_rs.validator_for(load_json("plan.schema.json")).validate(document)
    fields = {
        (change["address"], field["field"]): field for change in document["changes"] for field in change["fields"]
    }
    assert set(fields) == {("audience/acme", "rule"), ("portal/acme", "enabled")}
    assert all(field["known"]["how"] == "unknown" and "before" not in field for field in fields.values())
    assert document["upstream"]["fields"]["unknown"] == 2
    assert "access-before-unknown" in {one["code"] for one in document["diagnostics"]}


def test_access_is_counted_on_the_people_of_the_vendor(stage: Stage) -> None:
    plan = planned(stage, FILE)
    assert plan.impact is not None
    with stage.behind() as intercom:
        companies = intercom.get("/companies/scroll").json()["data"]
        team = [one["id"] for one in companies if one["custom_attributes"].get("plan_tier") == "team"]
        people = {
            one["id"]
            for company in team
            for one in intercom.get(f"/companies/{company}/contacts", params={"per_page": 150}).json()["data"]
            if one["role"] == "user"
        }
    assert people
    assert plan.impact.after == len(people)


def test_no_changes_says_as_far_as_can_be_seen(stage: Stage) -> None:
    document = to_document(planned(stage, SEEN))
    assert document["changes"] == []
    said = text.plan(document)
    assert "as far as can be seen: 2 of 2 fields were observed." in said
    assert "100 people as of 2026-03-01T12:00:00Z, complete" in said
    assert "as far as can be seen: 2 of 2 fields were observed" in markdown.plan(document)
    assert "2 of 2 fields were observed" in page.plan(document)


def test_identity_that_is_on_may_be_either(stage: Stage) -> None:
    def verified(request: httpx.Request, body: Any) -> Any:
        if request.url.path == "/me":
            body["app"]["identity_verification"] = True
        return body

    stage.vendor.bend = verified
    stage.clock.now += 60
    for mode in ("jwt", "hmac"):
        assert planned(stage, {**SEEN, "messenger": {"identity": mode}}).empty
    assert not planned(stage, SEEN).empty


def test_a_plan_with_a_fresh_mirror_takes_at_most_eight_calls(stage: Stage) -> None:
    planned(stage, FILE)
    stage.vendor.requests.clear()
    stage.clock.now += 60
    planned(stage, FILE)
    assert len(stage.vendor.requests) <= 8, stage.vendor.paths()


def test_people_that_were_not_all_read_are_told_in_every_rendering(stage: Stage) -> None:
    def early(request: httpx.Request, body: Any) -> Any:
        if request.url.path == "/contacts/search":
            body["total_count"] += 1000
        return body

    stage.vendor.bend = early
    document = to_document(planned(stage, FILE))
    assert document["upstream"]["mirror"]["complete"] is False
    assert "people-incomplete" in {one["code"] for one in document["diagnostics"]}
    for rendered in (text.plan(document), markdown.plan(document), page.plan(document)):
        assert "the vendor counts 1100 people and gave 100" in rendered


def test_a_person_whose_companies_were_not_all_read_is_told_with_the_impact(stage: Stage) -> None:
    """Acceptance check 8, its second half: whoever is not known whole is no reason to say less."""

    def more(request: httpx.Request, body: Any) -> Any:
        if request.url.path == "/contacts/search":
            one = body["data"][0]
            one["companies"] |= {"has_more": True, "total_count": 25}
            stage.vendor.script("GET", f"/contacts/{one['id']}/companies", *[(500, error("server_error"))] * 9)
        return body

    stage.vendor.bend = more
    plan = planned(stage, FILE)
    assert plan.impact is not None
    (said,) = (one for one in plan.diagnostics if one.code == "people-incomplete")
    assert said.summary == "the companies or tags of 1 person could not be read"
    assert to_document(plan)["upstream"]["mirror"]["incomplete_people"] == 1
    with click.Context(click.Command("plan")):
        assert cli_planning.document(read(FILE), stage.target(), (), strict=True)["outcome"] == "blocked"


def test_one_address_of_two_people_is_never_a_guess(stage: Stage) -> None:
    """Acceptance check 11: neither an expectation nor a grant takes one of them."""
    twins: list[str] = []

    def alike(request: httpx.Request, body: Any) -> Any:
        if request.url.path == "/contacts/search":
            for one in body["data"][:2]:
                one["email"] = "twin@partner.example"
                twins.append(one["id"])
        return body

    stage.vendor.bend = alike
    expected = [{"person": "twin@partner.example", "can": ["open_portal"]}]
    (verdict,) = planned(stage, {**FILE, "expectations": expected}).expectations
    assert not verdict.found
    plan = planned(stage, {**SEEN, "granted_companies": {"twin@partner.example": ["examply"]}})
    assert "person-ambiguous" in {one.code for one in plan.diagnostics}
    assert plan.blocked
    (answer,) = stage.target().check("acme", ["twin@partner.example"], None, card_shown=None)
    with pytest.raises(WorkspaceUnusable) as refused:
        find_person([answer], "Intercom")
    assert refused.value.diagnostics[0].code == "person-ambiguous"
    assert "external id" in refused.value.diagnostics[0].remedy
    # By an id, each of them is somebody.
    assert stage.target().check("acme", twins[:1], None, card_shown=None)[0]["found"]


# --- what the API takes ---------------------------------------------------------------------------

ATTRIBUTE = {**SEEN, "data_attributes": {"company": {"tier": {"type": "string", "description": "New"}}}}


def attribute(stage: Stage, name: str) -> Any:
    with stage.behind() as intercom:
        rows = intercom.get("/data_attributes", params={"model": "company"}).json()["data"]
    return next((row for row in rows if row["name"] == name), None)


def test_a_data_attribute_is_created_over_the_api_and_the_next_plan_is_empty(stage: Stage) -> None:
    plan = planned(stage, ATTRIBUTE)
    assert applying.run(plan, stage.target()).failure is None
    assert attribute(stage, "tier")["description"] == "New"
    stage.clock.now += 60
    assert planned(stage, ATTRIBUTE).empty
    wanted = {**ATTRIBUTE, "data_attributes": {"company": {"tier": {"type": "string", "description": "Changed"}}}}
    assert applying.run(planned(stage, wanted), stage.target()).failure is None
    assert attribute(stage, "tier")["description"] == "Changed"


def test_an_attribute_that_appeared_meanwhile_is_a_conflict_and_no_duplicate(stage: Stage) -> None:
    plan = planned(stage, ATTRIBUTE)
    with stage.behind() as intercom:
        body = {"name": "tier", "model": "company", "data_type": "string", "description": "Theirs"}
        assert intercom.post("/data_attributes", json=body).is_success
    result = applying.run(plan, stage.target())
    assert result.failure is not None
    assert result.failure.exit_code == 4
    assert attribute(stage, "tier")["description"] == "Theirs"


def test_a_write_whose_answer_was_lost_is_read_back(stage: Stage) -> None:
    import httpx

    plan = planned(stage, ATTRIBUTE)
    sent = stage.vendor.handle_request

    def lost(request: httpx.Request) -> httpx.Response:
        answer = sent(request)
        if request.method == "POST" and request.url.path == "/data_attributes":
            raise httpx.ReadTimeout("lost")
        return answer

    stage.vendor.handle_request = lost  # type: ignore[method-assign]
    assert applying.run(plan, stage.target()).failure is None
    posts = [one for one in stage.vendor.requests if one.method == "POST" and one.url.path == "/data_attributes"]
    assert len(posts) == 1
    assert attribute(stage, "tier")["description"] == "New"


def test_what_has_no_api_is_not_done_behind_a_persons_back(stage: Stage) -> None:
    target = stage.target()
    admin = stage.admin()
    tag = admin.get("/help_centers/acme/audience").headers["ETag"]
    answer = admin.patch("/help_centers/acme/audience", json={"mode": "everyone"}, headers={"If-Match": tag})
    assert answer.status_code != 200
    assert admin.get("/help_centers/acme/audience").json()["values"]["mode"] == "nobody"
    target.close()


def test_a_required_setting_is_told_and_not_refused(stage: Stage) -> None:
    plan = planned(stage, FILE)
    assert not plan.blocked, plan.blockers
    assert {one.id for one in plan.prerequisites if not one.required} >= {"custom_domain", "hmac_enforced"}


def test_a_rule_that_no_person_could_enter_is_refused_with_its_place(stage: Stage) -> None:
    rule = {
        "all": [{"attribute": "person.tag", "is": "beta"}, {"not": {"any": [{"attribute": "person.tag", "is": "x"}]}}]
    }
    with pytest.raises(ConfigurationInvalid) as caught:
        planned(stage, {**FILE, "audience": rule})
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.address) == ("not-expressible", "audience/acme")
    assert problem.source is not None
    assert problem.source.line > 1


def test_days_of_a_rule_go_by_the_timezone_of_the_vendors_workspace(stage: Stage) -> None:
    """Somebody seen at 11:30 in UTC was seen on the day after in Auckland, and the plan counts by Auckland."""

    def away(request: httpx.Request, body: Any) -> Any:
        if request.url.path == "/me":
            body["app"]["timezone"] = "Pacific/Auckland"
        if request.url.path == "/contacts/search":
            for place, one in enumerate(body["data"]):
                one["last_seen_at"] = 1_772_278_200 if place < 3 else None  # 2026-02-28 11:30 in UTC
        return body

    stage.vendor.bend = away
    stage.clock.now += 60

    def count(day: str) -> int:
        rule = {"attribute": "person.last_seen_at", "on": day}
        plan = planned(stage, {**FILE, "audience": rule})
        assert plan.impact is not None
        return plan.impact.after

    assert (count("2026-02-28"), count("2026-03-01")) == (0, 3)


RULE = {"all": [{"attribute": "person.email", "contains": "@"}, {"attribute": "company.plan_tier", "is": ["team"]}]}


def test_a_count_of_the_vendor_that_differs_is_told_and_blocks_a_strict_preview(stage: Stage) -> None:
    """Acceptance check 13: one search of the vendor's is held against the mirror."""
    wanted = {**FILE, "audience": RULE}
    assert "people-differ" not in {one.code for one in planned(stage, wanted).diagnostics}
    asked = [json.loads(one.content) for one in stage.vendor.requests if one.url.path == "/contacts/search"]
    (search,) = (one for one in asked if one["pagination"] == {"per_page": 1})
    assert search["query"]["value"] == [
        {"field": "role", "operator": "=", "value": "user"},
        {"field": "email", "operator": "~", "value": "@"},
    ]

    def more(request: httpx.Request, body: Any) -> Any:
        if request.url.path == "/contacts/search" and json.loads(request.content)["pagination"] == {"per_page": 1}:
            body["total_count"] += 20
        return body

    stage.vendor.bend = more
    plan = planned(stage, wanted)
    (diagnostic,) = (one for one in plan.diagnostics if one.code == "people-differ")
    assert diagnostic.summary == "the vendor finds 119 people for the conditions about people, but the mirror has 99"
    assert not plan.blocked
    with click.Context(click.Command("plan")):
        loose, strict = (
            cli_planning.document(read(wanted), stage.target(), (), strict=strict) for strict in (False, True)
        )
    assert (loose["outcome"], strict["outcome"]) == ("changes", "blocked")
    assert "the vendor finds 119 people" in text.plan(strict)


def test_a_rule_about_companies_is_compared_by_the_number_of_users(stage: Stage) -> None:
    def fewer(request: httpx.Request, body: Any) -> Any:
        if request.url.path == "/contacts/search" and json.loads(request.content)["pagination"] == {"per_page": 1}:
            body["total_count"] -= 30
        return body

    stage.vendor.bend = fewer
    (diagnostic,) = (one for one in planned(stage, FILE).diagnostics if one.code == "people-differ")
    assert diagnostic.summary == "the vendor finds 70 users, but the mirror has 100"


def test_a_help_center_is_found_by_its_identifier_and_an_unknown_one_lists_those_there_are(stage: Stage) -> None:
    """Acceptance check 2."""
    with stage.behind() as intercom:
        (center,) = intercom.get("/help_center/help_centers").json()["data"]
    assert center["id"].isdecimal()
    assert center["id"] != center["identifier"] == "acme"
    assert planned(stage, SEEN).help_center == "acme"
    with pytest.raises(WorkspaceUnusable) as caught:
        planned(stage, {**SEEN, "help_center": {"identifier": "acne"}})
    (problem,) = caught.value.diagnostics
    assert "acme" in problem.remedy

"""What a person said counts up to its end, and as long as nothing speaks against it; nothing ever makes it stronger."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from reconciler.core.contract import load_json
from reconciler.core.errors import PortalError
from reconciler.operations import plan as planning
from reconciler.operations.drift import drift_document
from reconciler.render.html import page
from reconciler.render.markdown import issue
from reconciler.render.text import drift as text
from tests.support.laws.stage import read
from tests.support.upstream.stage import looked, staged
from tests.workspace.upstream.test_tasks import FILE, apply, done, fitting, planned, through

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.support.upstream.stage import Stage

pytestmark = pytest.mark.slow

DAY = 86_400


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged(prepare=done_with_it) as workspace:
        yield workspace


def done_with_it(stage: Stage) -> None:
    """Look, and apply through all tasks."""
    looked(stage)
    through(stage)


def drift(stage: Stage) -> Any:
    stage.clock.now += 60
    document = drift_document(planning.make_plan(read(FILE), stage.target(), now=stage.moment()))
    validator = jsonschema_rs.validator_for(load_json("result.schema.json"), registry=_REGISTRY)
    validator.validate(document)
    return document


_REGISTRY = jsonschema_rs.Registry([(load_json("plan.schema.json")["$id"], load_json("plan.schema.json"))])


def logged(stage: Stage, kind: str, description: str = "Something happened", after: int = 30) -> None:
    """Let the vendor's log have an entry of some seconds from now."""
    at = int(stage.clock.now) + after
    by = {"type": "admin", "id": "1", "email": "jo@acme.example", "ip": "198.51.100.7"}
    entry = {
        "id": f"log-{at}",
        "performed_by": by,
        "metadata": {},
        "created_at": at,
        "activity_type": kind,
        "activity_description": description,
    }

    def bend(request: httpx.Request, body: Any) -> Any:
        if request.url.path == "/admins/activity_logs" and int(request.url.params["created_at_after"]) <= at:
            body["activity_logs"].append(entry)
        return body

    stage.vendor.bend = bend


def test_without_a_doubt_the_last_sentence_says_how_much_was_seen(stage: Stage) -> None:
    drifted = drift(stage)
    assert drifted["outcome"] == "no_drift"
    said = text.drift(drifted)
    assert "as far as can be seen" in said
    assert said.rstrip().endswith("3 of 5 fields were observed; 2 rest on a person's word, the oldest of 2026-03-01.")


def test_a_fitting_entry_of_the_log_makes_a_word_suspect(stage: Stage) -> None:
    logged(stage, "help_center_settings_change", "Help Center settings were changed")
    drift(stage)
    drifted = drift(stage)
    assert drifted["outcome"] == "look_again"
    assert {(one["address"], one["doubt"]) for one in drifted["doubts"]} == {
        ("audience/acme", "suspect"),
        ("portal/acme", "suspect"),
    }
    why = drifted["doubts"][0]["why"]
    assert "probably by jo@acme.example" in why
    assert "198.51.100.7" not in str(drifted)
    for rendered in (text.drift(drifted), issue.body(drifted), page.drift(drifted)):
        assert "Help Center settings were changed" in rendered


@pytest.mark.parametrize(("after", "doubted"), [(-1, set()), (0, {"portal/acme"})])
def test_an_entry_of_the_second_of_a_word_may_have_come_after_it(stage: Stage, after: int, doubted: set[str]) -> None:
    words = {one["address"]: one["at"] for one in stage.admin().get("/attestations").json()["data"]}
    second = int(datetime.fromisoformat(words["portal/acme"]).timestamp())
    logged(stage, "ai_inbox_translation_setting_change", after=second + after - int(stage.clock.now))
    drift(stage)
    assert words["audience/acme"] < words["portal/acme"]
    assert {one["address"] for one in drift(stage)["doubts"]} == {"audience/acme"} | doubted


def test_a_log_that_cannot_be_read_this_time_is_read_the_next_time(stage: Stage) -> None:
    logged(stage, "help_center_settings_change", "Help Center settings were changed")
    stage.vendor.script("GET", "/admins/activity_logs", *[(500, {})] * 10)
    with pytest.raises(PortalError):
        drift(stage)
    stage.vendor._scripted.clear()
    drift(stage)
    assert drift(stage)["outcome"] == "look_again"


def test_a_log_that_may_not_be_read_is_no_reason_for_anything(stage: Stage) -> None:
    refusal = {"type": "error.list", "errors": [{"code": "api_plan_restricted", "message": "No."}]}
    stage.vendor.script("GET", "/admins/activity_logs", *[(403, refusal)] * 10)
    assert drift(stage)["outcome"] == "no_drift"


def test_a_type_that_nobody_knows_may_be_about_anything(stage: Stage) -> None:
    logged(stage, "ai_inbox_translation_setting_change")
    drift(stage)
    assert drift(stage)["outcome"] == "look_again"


@pytest.mark.parametrize("kind", ["admin_login_success", "app_name_change", "campaign_state_change"])
def test_what_is_about_something_else_is_no_doubt(stage: Stage, kind: str) -> None:
    logged(stage, kind)
    drift(stage)
    assert drift(stage)["outcome"] == "no_drift"


def test_what_was_logged_before_somebody_looked_is_no_doubt(stage: Stage) -> None:
    logged(stage, "help_center_settings_change")
    stage.clock.now += 60
    values = {**FILE, "audience": "everyone"}
    task = apply(stage, values).document["task"]
    stage.vendor.bend = None
    assert done(stage, task, fitting(task))["state"] == "done"
    doubts = {one["address"] for one in drift(stage)["doubts"]}
    assert doubts == {"portal/acme"}


def test_a_word_ends(stage: Stage) -> None:
    stage.clock.now += 91 * DAY
    drifted = drift(stage)
    assert drifted["outcome"] == "look_again"
    assert {one["doubt"] for one in drifted["doubts"]} == {"expired"}
    assert drifted["pending"] == []


def test_what_is_in_doubt_is_looked_at_again_by_the_next_apply(stage: Stage) -> None:
    logged(stage, "help_center_settings_change")
    drift(stage)
    assert through(stage) == ["audience/acme", "portal/acme"]
    assert drift(stage)["outcome"] == "no_drift"


def test_a_crowd_that_moved_away_from_the_read_back_makes_an_audience_suspect(stage: Stage) -> None:
    with stage.behind() as intercom:
        companies = intercom.get("/companies/scroll").json()["data"]
        team = next(one for one in companies if one["custom_attributes"].get("plan_tier") == "team")
        people = intercom.get("/contacts", params={"per_page": 150}).json()["data"]
        for one in [one for one in people if one["role"] == "user"][:80]:
            assert intercom.post(f"/contacts/{one['id']}/companies", json={"id": team["id"]}).is_success
    stage.clock.now += 3 * DAY
    drift(stage)
    drifted = drift(stage)
    assert {(one["address"], one["doubt"]) for one in drifted["doubts"]} == {("audience/acme", "suspect")}
    assert "match here now" in drifted["doubts"][0]["why"]


def test_no_entry_never_makes_anything_known(stage: Stage) -> None:
    assert planned(stage, FILE)["upstream"]["fields"]["attested"] == 2
    stage.clock.now += 91 * DAY
    assert planned(stage, FILE)["upstream"]["fields"]["unknown"] == 2


def test_who_changed_what_is_seen_is_a_guess_from_the_log(stage: Stage) -> None:
    logged(stage, "help_center_settings_change", "Help Center was turned on")
    entry = stage.vendor.bend
    assert entry is not None

    def bend(request: httpx.Request, body: Any) -> Any:
        body = entry(request, body)
        if request.url.path == "/help_center/help_centers":
            for one in body["data"]:
                one["website_turned_on"] = True
        return body

    stage.vendor.bend = bend
    drifted = drift(stage)
    assert drifted["outcome"] == "drift"
    (finding,) = drifted["findings"]
    assert finding["field"] == "live"
    assert finding["by"]["reason"].startswith("probably by jo@acme.example: Help Center was turned on")
    assert "probably by jo@acme.example" in text.drift(drifted)


def test_an_entry_of_what_a_task_asked_for_is_no_doubt_of_what_was_confirmed_before(stage: Stage) -> None:
    values = {**FILE, "audience": "everyone", "portal": {"enabled": True, "ticket_visibility": "own"}}
    for address in ("portal/acme", "ticket_visibility/acme", "audience/acme", "portal/acme"):
        task = apply(stage, values).document["task"]
        assert task["address"] == address
        logged(stage, "help_center_settings_change")
        stage.clock.now += 60
        assert done(stage, task, fitting(task))["state"] == "done"
    assert apply(stage, values).exit_code == 0
    assert planned(stage, values)["changes"] == []


def test_two_people_at_it_while_one_was_asked_are_a_doubt(stage: Stage) -> None:
    values = {**FILE, "audience": "everyone"}
    task = apply(stage, values).document["task"]
    logged(stage, "help_center_settings_change")
    first = stage.vendor.bend
    assert first is not None

    def bend(request: httpx.Request, body: Any) -> Any:
        body = first(request, body)
        for one in list(body.get("activity_logs", ())) if request.url.path == "/admins/activity_logs" else ():
            by = {**one["performed_by"], "id": "2", "email": "max@acme.example"}
            body["activity_logs"].append({**one, "id": f"{one['id']}-too", "performed_by": by})
        return body

    stage.vendor.bend = bend
    stage.clock.now += 60
    assert done(stage, task, fitting(task))["state"] == "done"
    assert {one["address"] for one in drift(stage)["doubts"]} == {"portal/acme"}


def test_an_entry_of_a_task_that_was_given_up_is_a_doubt(stage: Stage) -> None:
    task = apply(stage, {**FILE, "audience": "everyone"}).document["task"]
    logged(stage, "help_center_settings_change")
    stage.clock.now += 60
    stage.admin().post(f"/tasks/{task['id']}/abandon", json={})
    assert {one["address"] for one in drift(stage)["doubts"]} == {"audience/acme", "portal/acme"}


def test_what_contradicts_a_task_speaks_against_what_was_said_before(stage: Stage) -> None:
    task = apply(stage, {**FILE, "audience": "everyone"}).document["task"]
    assert done(stage, task, "7")["state"] == "contradicted"
    (entry,) = [one for one in drift(stage)["doubts"] if one["address"] == "audience/acme"]
    assert entry["doubt"] == "suspect"
    assert f"{task['id']} was contradicted: the preview shows 7 people" in entry["why"]
    assert apply(stage, {**FILE, "audience": "everyone"}).exit_code == 8

"""What Intercom's API does not take becomes a task: one screen, in order, confirmed as far as that can be known."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.apply import run as fulfil
from reconciler.config import desired
from reconciler.config.yaml import document as source
from reconciler.core.errors import Waiting
from reconciler.operations import plan as planning
from reconciler.plan.document import executable
from reconciler.plan.document.write import to_document
from tests.support.laws.stage import read
from tests.support.upstream.stage import looked, staged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.apply.run import ApplyReport
    from tests.support.upstream.stage import Stage

pytestmark = pytest.mark.slow

FILE: dict[str, Any] = {
    "version": 1,
    "name": "acme",
    "help_center": {"identifier": "acme", "live": False},
    "portal": {"enabled": True},
    "audience": {"attribute": "company.plan_tier", "is": ["team"]},
    "data_attributes": {"company": {"plan_tier": {"type": "string"}, "tier": {"type": "string"}}},
}


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged(prepare=looked) as workspace:
        yield workspace


class Never:
    exit_code = 130

    def __call__(self) -> bool:
        return False


def planned(stage: Stage, values: Mapping[str, Any], actor: str = "ci") -> dict[str, Any]:
    stage.clock.now += 60
    return to_document(planning.make_plan(read(dict(values)), stage.target(actor), now=stage.moment()))


def apply(stage: Stage, values: Mapping[str, Any] = FILE, actor: str = "ci") -> ApplyReport:
    document = planned(stage, values, actor)
    options = fulfil.ApplyOptions(lock_ttl=60, lock_wait=0)
    return fulfil.apply_plan(executable.of(document), stage.target(actor), options, Never(), lambda _: None)


def done(stage: Stage, task: Mapping[str, Any], said: str | None = None, actor: str = "mara") -> Any:
    body = {} if said is None else {"read_back": said}
    answer = stage.admin(actor).post(f"/tasks/{task['id']}/confirm", json=body)
    assert answer.is_success, answer.text
    return answer.json()


def fitting(task: Mapping[str, Any]) -> str | None:
    """Return what a person reads off a screen on which they did as they were told."""
    asked = task["screen"]["read_back"]
    match asked["kind"]:
        case "count":
            return str(asked["count"]["people"])
        case "url":
            return f"https://{asked['expects'][0]}en/tickets-portal"
        case "text":
            return str(asked["expects"][0])
    return None


def through(stage: Stage, values: Mapping[str, Any] = FILE) -> list[str]:
    """Apply, do and confirm until nothing waits any more, and return the addresses of the tasks in their order."""
    seen = []
    for _ in range(12):
        ended = apply(stage, values)
        if ended.exit_code != 8:
            assert ended.exit_code == 0, ended.document
            return seen
        task = ended.document["task"]
        seen.append(task["address"])
        assert done(stage, task, fitting(task))["state"] == "done"
    raise AssertionError(seen)


def test_the_api_does_its_part_and_the_rest_waits_for_a_person(stage: Stage) -> None:
    ended = apply(stage)
    assert ended.exit_code == 8
    assert ended.document["outcome"] == "waiting"
    made = {one["address"]: one["outcome"] for one in ended.document["changes"]}
    assert made["data_attribute/company.tier"] == "applied"
    assert made["audience/acme"] == "waiting"
    assert made["portal/acme"] == "not_attempted"
    task = ended.document["task"]
    assert task["screen"]["enter"] == ["Company · plan_tier · is · team"]
    assert task["screen"]["place"]["older"]
    assert task["reason"]["gained"] > 0
    assert ended.document["next"] == [
        f"portal task show {task['id']} -f law.yaml",
        f"portal task done {task['id']} --read-back VALUE -f law.yaml",
        "portal apply -f law.yaml",
    ]
    (receipt,) = stage.admin().get("/receipts", params={"configuration": "acme"}).json()["data"]
    assert receipt["outcome"] == "running"


def test_it_goes_on_from_another_process_until_all_is_done(stage: Stage) -> None:
    assert through(stage) == ["audience/acme", "portal/acme"]
    document = planned(stage, FILE)
    assert document["changes"] == []
    assert document["upstream"]["fields"]["attested"] == 2
    receipts = stage.admin().get("/receipts", params={"configuration": "acme"}).json()["data"]
    assert [one["outcome"] for one in receipts] == ["applied"]
    said = stage.admin().get("/attestations").json()["data"]
    assert [(one["address"], one["method"], one["by"]) for one in said] == [
        ("portal/acme", "url", ["mara"]),
        ("audience/acme", "count", ["mara"]),
    ]
    assert all(len(one["value_digest"]) == 64 and one["until"] > one["at"] for one in said)


def test_the_next_task_is_not_there_before_this_one_is_confirmed(stage: Stage) -> None:
    for _ in range(2):
        assert apply(stage).document["task"]["address"] == "audience/acme"
    assert len(stage.admin().get("/tasks").json()["data"]) == 1


def test_another_read_back_contradicts_and_nothing_is_marked_done(stage: Stage) -> None:
    task = apply(stage).document["task"]
    answered = done(stage, task, "7000")
    assert answered["state"] == "contradicted"
    assert "7000" in answered["why"]
    assert stage.admin().get("/attestations").json()["data"] == []
    again = apply(stage)
    assert again.exit_code == 8
    assert again.document["task"]["id"] != task["id"]
    assert again.document["task"]["receipt"] == task["receipt"]


def test_what_the_vendor_tells_needs_nobodys_word(stage: Stage) -> None:
    values = {**FILE, "help_center": {"identifier": "acme", "live": True}}
    task = apply(stage, values).document["task"]
    assert task["address"] == "help_center/acme"
    assert done(stage, task)["state"] == "contradicted"
    task = apply(stage, values).document["task"]

    def live(request: Any, body: Any) -> Any:
        if request.url.path == "/help_center/help_centers":
            for one in body["data"]:
                one["website_turned_on"] = True
        return body

    stage.vendor.bend = live
    ended = apply(stage, values)
    assert ended.document["task"]["address"] == "audience/acme"
    kept = stage.admin().get(f"/tasks/{task['id']}").json()
    assert (kept["state"], kept["ended_by"]) == ("done", "intercom")
    assert stage.admin().get("/attestations").json()["data"] == []


OTHER = {
    "version": 1,
    "name": "other",
    "help_center": {"identifier": "acme"},
    "audience": {"attribute": "company.plan_tier", "is": ["enterprise"]},
    "data_attributes": {"company": {"plan_tier": {"type": "string"}}},
}


def test_a_waiting_apply_holds_its_addresses(stage: Stage) -> None:
    task = apply(stage).document["task"]
    ended = apply(stage, OTHER, "other")
    assert ended.exit_code == 6
    (said,) = [one for one in ended.document["diagnostics"] if one["code"] == "apply-waiting"]
    assert task["id"] in said["summary"]
    assert "audience/acme" in said["summary"]
    changed = {**FILE, "audience": "nobody"}
    assert apply(stage, changed).exit_code == 6
    beside = {
        "version": 1,
        "name": "beside",
        "help_center": {"identifier": "acme"},
        "data_attributes": {"company": {"beside": {"type": "string"}}},
    }
    assert apply(stage, beside).exit_code == 0
    admin = stage.admin("somebody")
    tag = admin.get("/help_centers/acme/audience").headers["ETag"]
    answer = admin.patch("/help_centers/acme/audience", json={"mode": "nobody"}, headers={"If-Match": tag})
    assert answer.status_code == 423


def test_what_is_given_up_is_held_no_longer(stage: Stage) -> None:
    task = apply(stage).document["task"]
    answer = stage.admin().post(f"/tasks/{task['id']}/abandon", json={"why": "another plan"}).json()
    assert (answer["state"], answer["why"]) == ("abandoned", "another plan")
    ended = apply(stage, OTHER, "other")
    assert ended.exit_code == 8
    assert ended.document["task"]["address"] == "audience/acme"


def test_a_task_that_ended_is_not_confirmed_again(stage: Stage) -> None:
    task = apply(stage).document["task"]
    stage.admin().post(f"/tasks/{task['id']}/abandon", json={})
    answer = stage.admin("mara").post(f"/tasks/{task['id']}/confirm", json={"read_back": "1"})
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["code"] == "task_ended"


def test_a_screen_that_shows_something_wants_it_read_back(stage: Stage) -> None:
    task = apply(stage).document["task"]
    answer = stage.admin("mara").post(f"/tasks/{task['id']}/confirm", json={})
    assert answer.status_code == 422
    assert stage.admin().get(f"/tasks/{task['id']}").json()["state"] == "open"


# --- who may confirm ------------------------------------------------------------------------------

STRICT = {"valid_for": "30d", "two_people_for": ["audience"], "not_the_author": True}


def strictly(stage: Stage) -> dict[str, Any]:
    values = {
        **FILE,
        "environments": {
            "production": {"intercom": {"region": "us", "token": "${INTERCOM_TOKEN}"}, "attestations": STRICT}
        },
    }
    stage.clock.now += 60
    config = desired.of(source.parse(json.dumps(values), "law.yaml"), "production")
    return to_document(planning.make_plan(config, stage.target(), now=stage.moment()))


def test_two_people_confirm_and_neither_is_the_author(stage: Stage) -> None:
    options = fulfil.ApplyOptions(lock_ttl=60, lock_wait=0)
    ended = fulfil.apply_plan(executable.of(strictly(stage)), stage.target(), options, Never(), lambda _: None)
    task = ended.document["task"]
    assert task["policy"] == {"days": 30, "people": 2, "author": "ci"}
    body = {"read_back": fitting(task)}
    refused = stage.admin("ci").post(f"/tasks/{task['id']}/confirm", json=body)
    assert refused.json()["errors"][0]["code"] == "task_needs_another"
    assert done(stage, task, fitting(task), "mara")["state"] == "open"
    refused = stage.admin("mara").post(f"/tasks/{task['id']}/confirm", json=body)
    assert refused.json()["errors"][0]["code"] == "task_needs_another"
    assert done(stage, task, fitting(task), "jo")["state"] == "done"
    (said,) = stage.admin().get("/attestations").json()["data"]
    assert said["by"] == ["mara", "jo"]
    days = datetime.fromisoformat(said["until"]) - datetime.fromisoformat(said["at"])
    assert days.days == 30


# --- law 3 ----------------------------------------------------------------------------------------


def test_a_widening_on_several_screens_closes_the_portal_first(stage: Stage) -> None:
    values = {**FILE, "portal": {"enabled": True, "ticket_visibility": "company"}}
    assert through(stage, values) == ["portal/acme", "audience/acme", "ticket_visibility/acme", "portal/acme"]
    assert planned(stage, values)["changes"] == []
    wider = {**values, "audience": "everyone", "portal": {"enabled": True, "ticket_visibility": "own"}}
    changes = [(one["address"], one["fields"][0]["after"]) for one in planned(stage, wider)["changes"]]
    assert changes[0] == ("portal/acme", False)
    assert changes[-1] == ("portal/acme", True)


def test_a_new_attribute_does_not_wait_for_the_portal_to_be_closed(stage: Stage) -> None:
    ended = apply(stage, {**FILE, "portal": {"enabled": True, "ticket_visibility": "company"}})
    assert ended.document["task"]["after"] == {"enabled": False}
    outcomes = [(one["address"], one["outcome"]) for one in ended.document["changes"]]
    assert outcomes[:2] == [("data_attribute/company.tier", "applied"), ("portal/acme", "waiting")]
    assert {outcome for _, outcome in outcomes[2:]} == {"not_attempted"}


def test_what_takes_one_screen_is_changed_in_place(stage: Stage) -> None:
    through(stage)
    assert through(stage, {**FILE, "audience": "everyone"}) == ["audience/acme"]


def test_a_stop_anywhere_leaves_what_was_confirmed_and_nothing_else(stage: Stage) -> None:
    values = {**FILE, "portal": {"enabled": True, "ticket_visibility": "company"}}
    task = apply(stage, values).document["task"]
    done(stage, task, fitting(task))
    task = apply(stage, values).document["task"]
    assert task["address"] == "audience/acme"
    live = stage.configuration()
    assert live["portal"]["values"]["enabled"] is False
    assert live["audience"]["values"]["mode"] == "nobody"


# --- going on -------------------------------------------------------------------------------------


def test_a_saved_plan_goes_on_to_its_end_and_no_further(stage: Stage) -> None:
    saved = executable.of(planned(stage, FILE))
    options = fulfil.ApplyOptions(lock_ttl=60, lock_wait=0, saved=True)

    def again(actor: str) -> ApplyReport:
        stage.clock.now += 60
        return fulfil.apply_plan(saved, stage.target(actor), options, Never(), lambda _: None)

    for _ in range(2):
        ended = again("ci")
        assert ended.exit_code == 8, ended.document["diagnostics"]
        done(stage, ended.document["task"], fitting(ended.document["task"]))
    assert again("another machine").exit_code == 0
    last = again("ci")
    assert last.exit_code == 4
    assert "plan-already-applied" in {one["code"] for one in last.document["diagnostics"]}


def test_who_goes_on_takes_over_what_another_run_had_begun_and_died_of(stage: Stage) -> None:
    target = stage.target()
    perform = target.perform

    def dies(operation: Any, revision: Any, mark: Any) -> Any:
        try:
            return perform(operation, revision, mark)
        except Waiting:
            # Killed before the task could be told: nothing in the process is tidied up.
            raise SystemExit from None

    target.perform = dies  # type: ignore[method-assign]
    options = fulfil.ApplyOptions(lock_ttl=60, lock_wait=0)
    plan = executable.of(planned(stage, FILE))
    with pytest.raises(SystemExit):
        fulfil.apply_plan(plan, target, options, Never(), lambda _: None)
    stage.clock.now += 120
    assert through(stage) == ["audience/acme", "portal/acme"]
    receipts = stage.admin().get("/receipts", params={"configuration": "acme"}).json()["data"]
    assert [one["outcome"] for one in receipts] == ["applied"]


def test_what_changed_at_the_vendor_meanwhile_is_found_before_it_goes_on(stage: Stage) -> None:
    values = {**FILE, "help_center": {"identifier": "acme", "live": True, "custom_domain": "help.acme.example"}}
    task = apply(stage, values).document["task"]
    assert task["address"] == "help_center/acme"

    def moved(request: Any, body: Any) -> Any:
        if request.url.path == "/help_center/help_centers":
            for one in body["data"]:
                one["custom_domain"] = "elsewhere.acme.example"
        return body

    stage.vendor.bend = moved
    ended = apply(stage, values)
    assert ended.exit_code == 4
    assert "stale-plan" in {one["code"] for one in ended.document["diagnostics"]}


# --- pages ----------------------------------------------------------------------------------------

PAGE = {
    **FILE,
    "homepage": {"sections": ["search", "tickets_portal", "collections"], "publish": True},
}


def test_a_page_is_arranged_and_then_set_live(stage: Stage) -> None:
    through(stage)
    task = apply(stage, PAGE).document["task"]
    assert task["address"] == "homepage/acme"
    assert task["screen"]["enter"][0] == "1. Search · on"
    assert done(stage, task, "Search, Collections")["state"] == "contradicted"
    assert set(through(stage, PAGE)) == {"homepage/acme"}
    live = stage.configuration()["homepage"]["live"]
    assert [one["type"] for one in live] == ["search", "tickets_portal", "collections"]
    assert planned(stage, PAGE)["changes"] == []


@pytest.mark.parametrize(
    ("values", "address"),
    [
        ({"messenger": {"spaces": {"tickets": True}}}, "messenger_spaces"),
        ({"messenger": {"identity": "jwt"}}, "identity"),
        ({"style": {"primary_color": "#0044aa"}}, "style/acme"),
        ({"help_center": {"identifier": "acme", "cookie_forwarding": True}}, "help_center/acme"),
        (
            {"data_attributes": {"contact": {"companies": {"messenger_writable": False}}}},
            "data_attribute/contact.companies",
        ),
    ],
)
def test_every_other_screen_is_one_task(stage: Stage, values: dict[str, Any], address: str) -> None:
    whole = {"version": 1, "name": "acme", "help_center": {"identifier": "acme"}, **values}
    task = apply(stage, whole).document["task"]
    assert task["address"] == address
    assert task["screen"]["enter"]
    assert task["screen"]["place"]["dated"]
    assert task["screen"]["minutes"] >= 1

    def on(request: Any, body: Any) -> Any:
        if request.url.path == "/me":
            body["app"]["identity_verification"] = True
        return body

    if address == "identity":
        stage.vendor.bend = on
    assert through(stage, whole) in ([address], [])
    assert planned(stage, whole)["changes"] == []

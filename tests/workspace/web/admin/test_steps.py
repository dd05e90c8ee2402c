"""Steps that are sent together: one transaction, each checked, logged and kept as it is alone. On both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.admin.client import HELP_CENTER, Api, codes, dump, fields

if TYPE_CHECKING:
    import httpx
    from sqlalchemy import Engine

STEPS = "/receipts/r1/steps"
TIER = "data_attributes/company/tier"
NEW = {"type": "string", "options": None, "description": None, "messenger_writable": False}


def step(name: str, method: str, path: str, revision: int | None, body: Any = None) -> dict[str, Any]:
    return {
        "step": name,
        "method": method,
        "path": path,
        "revision": revision,
        **({} if body is None else {"body": body}),
    }


IDENTITY = step("c1.1", "PATCH", "identity", 1, {"mode": "jwt"})
TIER_MADE = step("c2.1", "PUT", TIER, None, NEW)


def begun(api: Api) -> dict[str, str]:
    """Begin a receipt, and return the headers that say its lease."""
    headers = api.begin()
    return {"Portal-Lease": headers["Portal-Lease"]}


def send(api: Api, under: dict[str, str], *steps: dict[str, Any], **decided_on: int) -> httpx.Response:
    named = {address.replace("__", "/"): revision for address, revision in decided_on.items()}
    return api.post(STEPS, {"steps": list(steps), "decided_on": named}, headers=under)


def test_steps_are_one_write_and_each_is_logged_and_kept(api: Api, engine: Engine) -> None:
    under = begun(api)
    answer = send(api, under, IDENTITY, TIER_MADE)
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["steps"]
    assert (first["step"], first["answer"]["revision"]) == ("c1.1", 2)
    assert (second["step"], second["answer"]["revision"]) == ("c2.1", 1)
    assert first["answer"]["values"]["mode"] == "jwt"
    assert [one["resource"] for one in api.activity()] == ["data_attribute/company.tier", "identity"]
    assert {one["revision"] for one in api.activity()} == {2}
    assert api.configuration()["revision"] == 2
    assert answer.headers["Portal-Moment"].split("/")[1].startswith("2-")
    assert api.get("/activity/check").json()["broken"] is None
    kept = api.get("/receipts/r1").json()["steps"]
    assert [(one["step"], one["resource"], one["before_revision"], one["revision"]) for one in kept] == [
        ("c1.1", "identity", 1, 2),
        ("c2.1", "data_attribute/company.tier", 0, 1),
    ]
    before = dump(engine)
    assert send(api, under, IDENTITY, TIER_MADE).json() == answer.json()
    alone = api.patch("/identity", {"mode": "jwt"}, headers={**under, "Portal-Step": "r1/c1.1"})
    assert alone.json() == first["answer"]
    assert dump(engine) == before


def test_where_one_is_refused_nothing_is_done(api: Api, engine: Engine) -> None:
    under = begun(api)
    before = dump(engine)
    refusals: list[tuple[dict[str, Any], int, str]] = [
        (step("c2.1", "PATCH", "messenger_spaces", 7, {"tickets": True}), 412, "revision_mismatch"),
        (step("c2.1", "PATCH", "help_centers/acme/portal", 1, {"enabled": True}), 422, "required_setting_unmet"),
        (step("c2.1", "PATCH", "messenger_spaces", 1, {"tickets": "yes"}), 400, "parameter_invalid"),
        (step("c2.1", "PUT", "data_attributes/contact/companies", None, NEW), 412, "already_exists"),
        (step("c2.1", "PATCH", "help_centers/nowhere/portal", 1, {"enabled": True}), 404, "not_found"),
        (step("c2.1", "DELETE", "data_attributes/company/nothing", 1), 404, "not_found"),
        (step("c2.1", "DELETE", "messenger_spaces", 1), 422, "value_invalid"),
        (step("c2.1", "PATCH", "no/such/path", 1, {}), 422, "value_invalid"),
        (step("c2.1", "PUT", "data_attributes/company/a%00", None, NEW), 422, "value_invalid"),
        (step("c2.1", "PUT", TIER, None), 400, "parameter_invalid"),
    ]
    for wrong, status, code in refusals:
        refused = send(api, under, IDENTITY, wrong)
        assert (refused.status_code, codes(refused)[:1]) == (status, [code]), (wrong, refused.text)
        assert dump(engine) == before
    assert send(api, under, IDENTITY, TIER_MADE).status_code == 200


def test_only_writes_of_settings_can_be_steps_together(api: Api, engine: Engine) -> None:
    under = begun(api)
    before = dump(engine)
    for method, path, body in (
        ("POST", "identity/secrets", {"kind": "jwt", "name": "app"}),
        ("POST", "tokens", {"name": "x", "scope": "read"}),
        ("POST", "receipts/r1/steps", {"steps": [IDENTITY], "decided_on": {}}),
        ("POST", "receipts/r1/finish", {"outcome": "applied", "changes": [], "diagnostics": []}),
        ("POST", "help_centers/acme/homepage/preview", {}),
        ("POST", "leases/acme/release", {"fence": 1}),
        ("PUT", "records/acme", {"help_center": "acme", "digest": "d", "values": {}, "commit": None}),
    ):
        refused = send(api, under, IDENTITY, step("c2.1", method, path, 1, body))
        assert (refused.status_code, fields(refused)) == (422, {"steps"}), (path, refused.text)
        assert dump(engine) == before


def test_revisions_are_those_before_the_first_step(api: Api) -> None:
    api.meet_requirements()
    under = begun(api)
    sections = [{"type": one, "enabled": True, "settings": {}} for one in ("search", "tickets_portal")]
    homepage = "help_centers/acme/homepage"
    answer = send(
        api,
        under,
        TIER_MADE,
        # Made by the step before.
        step("c2.2", "PATCH", TIER, 0, {"description": "What is paid for"}),
        # Puts the card into the draft of the homepage.
        step("c3.1", "PATCH", "help_centers/acme/portal", 1, {"enabled": True}),
        step("c4.1", "PATCH", f"{homepage}/draft", 1, {"sections": sections}),
        step("c4.2", "POST", f"{homepage}/publish", 1, {}),
        step("c5.1", "DELETE", TIER, 0),
        step("c5.2", "PUT", TIER, None, {**NEW, "type": "integer"}),
        audience__acme=1,
        portal__acme=1,
    )
    assert answer.status_code == 200, answer.text
    by_name = {one["step"]: one["answer"]["revision"] for one in answer.json()["steps"]}
    # The deletion was revision 3 of the attribute, so that nobody takes the new one for the old.
    assert by_name == {"c2.1": 1, "c2.2": 2, "c3.1": 2, "c4.1": 3, "c4.2": 4, "c5.1": None, "c5.2": 4}
    assert [one["type"] for one in api.get(f"{HELP_CENTER}/homepage/draft").json()["live"]] == [
        "search",
        "tickets_portal",
    ]
    assert api.get("/activity/check").json()["broken"] is None


def test_an_attribute_that_is_made_again_goes_on_counting(api: Api, engine: Engine) -> None:
    under = begun(api)
    assert send(api, under, TIER_MADE).status_code == 200
    assert send(api, under, step("c2.2", "DELETE", TIER, 1)).status_code == 200
    other = step("c3.1", "PUT", "data_attributes/contact/tier", None, NEW)
    before = dump(engine)
    gone = step("c4.1", "PATCH", TIER, 2, {"description": "gone"})
    assert codes(send(api, under, other, gone)) == ["not_found"]
    assert dump(engine) == before
    answer = send(api, under, other, {**TIER_MADE, "step": "c4.1"})
    assert [one["answer"]["revision"] for one in answer.json()["steps"]] == [1, 3]


def test_what_steps_were_decided_on_must_not_have_moved(api: Api, engine: Engine) -> None:
    under = begun(api)
    api.patch(f"{HELP_CENTER}/audience", {"mode": "everyone", "rule": None})
    before = dump(engine)
    refused = send(api, under, IDENTITY, audience__acme=1)
    assert (refused.status_code, codes(refused)) == (412, ["basis_moved"])
    assert dump(engine) == before
    assert send(api, under, IDENTITY, audience__acme=2).status_code == 200


def test_steps_need_the_lease_and_a_receipt_that_is_running(api: Api, engine: Engine) -> None:
    under = begun(api)
    api.begin("other")
    before = dump(engine)
    assert codes(send(api, {}, IDENTITY)) == ["precondition_required"]
    assert codes(send(api, {"Portal-Lease": "acme/2"}, IDENTITY)) == ["lease_lost"]
    assert codes(send(api, {"Portal-Lease": "other/1"}, IDENTITY)) == ["receipt_finished"]
    assert codes(send(api, under, IDENTITY, IDENTITY)) == ["value_invalid"]
    assert dump(engine) == before
    api.post("/receipts/r1/finish", {"outcome": "failed", "changes": [], "diagnostics": []}, headers=under)
    assert codes(send(api, under, IDENTITY)) == ["receipt_finished"]


@pytest.mark.parametrize("first", [IDENTITY, {**TIER_MADE, "step": "c1.1"}])
def test_steps_that_were_done_otherwise_are_not_done_again(api: Api, engine: Engine, first: dict[str, Any]) -> None:
    under = begun(api)
    assert send(api, under, first).status_code == 200
    before = dump(engine)
    again = send(api, under, {**IDENTITY, "body": {"mode": "hmac"}}, {**TIER_MADE, "path": f"{TIER}_2"})
    assert (again.status_code, codes(again)) == (409, ["step_reused"])
    assert dump(engine) == before

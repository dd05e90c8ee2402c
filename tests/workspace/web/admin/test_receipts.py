"""Receipts and steps: what an apply says and did, and that no write of it is made twice. On both databases."""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.admin.client import HELP_CENTER, RECEIPT, SECTIONS, Api, Clock, codes, dump, fields
from tests.support.databases import one_is_enough
from tests.support.examples import examples
from workspace.web.admin.applying import receipts

if TYPE_CHECKING:
    import httpx
    from flask import Flask
    from sqlalchemy import Engine

LEASE, STEP = "Portal-Lease", "Portal-Step"
CHANGES = [
    {"id": "c1", "address": "identity", "outcome": "applied"},
    {"id": "c2", "address": "audience/acme", "outcome": "failed"},
    {"id": "c3", "address": "portal/acme", "outcome": "not_attempted"},
    {"id": "c4", "address": "homepage/acme", "outcome": "unknown"},
]
RESULT = {"outcome": "applied_in_part", "changes": CHANGES, "diagnostics": [{"code": "workspace-refused"}]}
APPLIED = {"outcome": "applied", "changes": CHANGES[:1], "diagnostics": []}
RECORD = {"help_center": "acme", "digest": "sha256:0123", "values": {}, "commit": None}


def under(fence: int = 1, name: str = "acme") -> dict[str, str]:
    return {LEASE: f"{name}/{fence}"}


def finish(api: Api, receipt: str, fence: int, result: Any = APPLIED) -> httpx.Response:
    return api.post(f"/receipts/{receipt}/finish", result, headers=under(fence))


def numbers(page: Any) -> list[str]:
    """Return the numbers of the receipts of a list."""
    return [one["id"].partition("-")[0] for one in page["data"]]


def whole(api: Api, action: str = "apply", undoes: str | None = None, result: Any = APPLIED) -> dict[str, Any]:
    """Take the lease, make a receipt, finish it, give the lease back; return the receipt."""
    fence = api.lease(id=f"another-{undoes}-{action}").json()["fence"]
    made = api.post("/receipts", {**RECEIPT, "action": action, "undoes": undoes}, headers=under(fence)).json()
    done = finish(api, made["id"], fence, result).json()
    api.post("/leases/acme/release", {"fence": fence})
    return dict(done)


def test_a_receipt_tells_what_an_apply_did(api: Api, engine: Engine, clock: Clock) -> None:
    api.lease()
    made = api.post("/receipts", RECEIPT, headers=under())
    said = {name: value for name, value in RECEIPT.items() if name not in {"plan", "record_before"}}
    assert re.fullmatch(r"r1-[0-9a-f]{6}", made.json()["id"])
    summary = {
        "id": made.json()["id"],
        **said,
        "by": "ada",
        "undone_by": None,
        "promotes": None,
        "message": None,
        "outcome": "running",
        "started_at": "2026-03-14T12:00:00Z",
        "finished_at": None,
        "counts": {"applied": 0, "failed": 0, "not_attempted": 0, "unknown": 0},
        "steps_done": 0,
        "fence": 1,
    }
    assert (made.status_code, made.json()) == (201, summary)
    clock.forward(seconds=7)
    step = api.patch("/identity", {"mode": "jwt"}, headers={**under(), STEP: "r1/1"})
    assert step.status_code == 200
    done = finish(api, "r1", 1, RESULT)
    summary |= {
        "outcome": "applied_in_part",
        "finished_at": "2026-03-14T12:00:07Z",
        "counts": {"applied": 1, "failed": 1, "not_attempted": 1, "unknown": 1},
        "steps_done": 1,
    }
    assert (done.status_code, done.json()) == (200, summary)
    assert api.get("/receipts/r1").json() == {
        **summary,
        "plan": RECEIPT["plan"],
        "record_before": RECEIPT["record_before"],
        "changes": CHANGES,
        "diagnostics": RESULT["diagnostics"],
        "steps": [
            {
                "step": "1",
                "at": "2026-03-14T12:00:07Z",
                "resource": "identity",
                "before_revision": 1,
                "revision": 2,
            }
        ],
    }
    # Only the write is a change of the workspace.
    assert api.configuration()["revision"] == 2
    assert len(dump(engine)["activity"]) == 1


def test_one_lease_makes_one_receipt(api: Api, engine: Engine) -> None:
    api.lease()
    made = api.post("/receipts", RECEIPT, headers=under())
    before = dump(engine)
    again = api.post("/receipts", RECEIPT, headers=under())
    assert (again.status_code, again.json()) == (200, made.json())
    other = api.post("/receipts", {**RECEIPT, "plan": {}}, headers=under())
    assert (other.status_code, codes(other)) == (409, ["step_reused"])
    assert f"has made the receipt {made.json()['id']} from" in other.json()["errors"][0]["message"]
    assert dump(engine) == before


def test_a_receipt_needs_the_lease_of_its_configuration(api: Api, engine: Engine) -> None:
    before = dump(engine)
    refused = api.post("/receipts", RECEIPT)
    assert (refused.status_code, codes(refused), fields(refused)) == (428, ["precondition_required"], {LEASE})
    assert dump(engine) == before
    lease = api.lease().json()
    api.lease("other")
    before = dump(engine)
    for headers in ({}, under(1, "other")):
        refused = api.post("/receipts", RECEIPT, headers=headers)
        assert (refused.status_code, refused.json()["errors"][0]["data"]) == (423, lease)
    assert api.post("/receipts", RECEIPT, headers=under(2)).status_code == 409
    assert dump(engine) == before


@one_is_enough
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"help_center": "nope"}, 422),
        ({"action": "destroy"}, 422),
        ({"undoes": "r9"}, 422),
        ({"undoes": "9"}, 422),
        ({"configuration": "-acme"}, 422),
        ({"plan_digest": ""}, 422),
        ({"plan": []}, 400),
        ({"record_before": "x"}, 400),
        ({"colour": "blue"}, 400),
    ],
)
def test_a_receipt_that_cannot_be_is_refused(api: Api, engine: Engine, change: dict[str, Any], status: int) -> None:
    api.lease()
    before = dump(engine)
    refused = api.post("/receipts", {**RECEIPT, **change}, headers=under())
    assert (refused.status_code, fields(refused)) == (status, set(change))
    assert dump(engine) == before


def test_a_receipt_is_finished_once(api: Api, engine: Engine) -> None:
    api.begin()
    assert api.post("/receipts/r1/finish", APPLIED).status_code == 423
    assert finish(api, "r2", 1).status_code == 404
    assert finish(api, "x", 1).status_code == 404
    done = finish(api, "r1", 1)
    before = dump(engine)
    again = finish(api, "r1", 1)
    assert (done.status_code, again.status_code, again.json()) == (200, 200, done.json())
    other = finish(api, "r1", 1, RESULT)
    assert (other.status_code, codes(other)) == (409, ["receipt_finished"])
    # Nor is anything written as a step of it any more.
    late = api.patch("/identity", {"mode": "jwt"}, headers={**under(), STEP: "r1/1"})
    assert (late.status_code, codes(late)) == (409, ["receipt_finished"])
    assert dump(engine) == before


def test_a_later_run_finishes_what_was_left_behind(api: Api, clock: Clock) -> None:
    step = api.begin()
    first = api.patch("/identity", {"mode": "jwt"}, headers=step)
    clock.forward(seconds=60)
    assert api.post("/receipts/r1/finish", APPLIED).status_code == 428
    assert finish(api, "r1", 1).status_code == 409
    api.lease(id="another-request")
    # What the earlier run had done is answered, what it had not is done.
    again = api.patch("/identity", {"mode": "jwt"}, headers={**step, **under(2)})
    assert (again.status_code, again.json(), again.headers["ETag"]) == (200, first.json(), first.headers["ETag"])
    assert api.patch(HELP_CENTER, {"live": True}, headers={**under(2), STEP: "r1/2"}).status_code == 200
    done = finish(api, "r1", 2)
    assert (done.status_code, done.json()["outcome"], done.json()["steps_done"]) == (200, "applied", 2)
    assert [one["step"] for one in api.get("/receipts/r1").json()["steps"]] == ["1", "2"]


def test_receipts_are_listed_newest_first(api: Api) -> None:
    for number in range(1, 6):
        whole(api, result=APPLIED if number % 2 else RESULT)
    api.begin("other")
    page = api.get("/receipts").json()
    assert numbers(page) == ["r6", "r5", "r4", "r3", "r2", "r1"]
    assert page["more"] is False

    def ids(query: str) -> tuple[list[str], bool]:
        page = api.get(f"/receipts?{query}").json()
        return numbers(page), page["more"]

    assert ids("configuration=acme&limit=2") == (["r5", "r4"], True)
    assert ids("configuration=acme&limit=2&before=r4") == (["r3", "r2"], True)
    assert ids("configuration=acme&limit=2&before=r2") == (["r1"], False)
    assert ids("outcome=running") == (["r6"], False)
    assert ids("outcome=applied_in_part&help_center=acme") == (["r4", "r2"], False)
    assert ids("plan_digest=nope") == ([], False)
    for query in ("limit=0", "limit=101", "before=4", "outcome=done", "configuration=a/b", "colour=x", "help_center="):
        assert api.get(f"/receipts?{query}").status_code == 400, query
    assert api.get("/receipts/r7").status_code == api.get("/receipts/7").status_code == 404


def test_an_undo_is_known_once_it_is_applied(api: Api) -> None:
    first = whole(api)["id"]
    assert whole(api, "undo", "r1", RESULT)["undoes"] == first
    assert api.get("/receipts/r1").json()["undone_by"] is None
    undone_by = whole(api, "undo", first)["id"]
    assert api.get("/receipts/r1").json()["undone_by"] == undone_by
    # A receipt of another configuration is none to undo.
    api.lease("other")
    refused = api.post("/receipts", {**RECEIPT, "configuration": "other", "undoes": "r1"}, headers=under(1, "other"))
    assert (refused.status_code, fields(refused)) == (422, {"undoes"})


def test_the_configuration_tells_of_what_is_unfinished(api: Api) -> None:
    path = f"{HELP_CENTER}/configuration?record=acme"
    step = api.begin()
    tags = [api.get(path).headers["ETag"]]
    assert api.get(path).json()["unfinished"] == api.get("/receipts").json()["data"][0]
    assert api.configuration()["unfinished"] is None
    assert api.configuration(record="other")["unfinished"] is None
    # A step that changes nothing is told too.
    assert api.patch("/identity", {"mode": "off"}, headers=step).status_code == 200
    assert api.get(path).json()["unfinished"]["steps_done"] == 1
    tags.append(api.get(path).headers["ETag"])
    finish(api, "r1", 1)
    assert api.get(path).json()["unfinished"] is None
    tags.append(api.get(path).headers["ETag"])
    assert len(set(tags)) == 3


@one_is_enough
def test_a_plan_may_be_large(api: Api) -> None:
    api.lease()
    body = {**RECEIPT, "plan": {"text": "x" * (receipts.MAX_BODY - 2000)}}
    assert api.post("/receipts", body, headers=under()).status_code == 201
    assert len(api.get("/receipts/r1").json()["plan"]["text"]) == receipts.MAX_BODY - 2000
    body["plan"] = {"text": "x" * receipts.MAX_BODY}
    refused = api.post("/receipts", body, headers=under())
    assert (refused.status_code, codes(refused)) == (413, ["payload_too_large"])
    assert str(receipts.MAX_BODY) in refused.json()["errors"][0]["message"]
    # Anything else stays small.
    refused = finish(api, "r1", 1, {**APPLIED, "diagnostics": [{"text": "x" * 1024 * 1024}]})
    assert (refused.status_code, codes(refused)) == (413, ["payload_too_large"])


# What an apply writes, with the address and both revisions that its journal tells.
STEPS: list[tuple[str, str, Any, dict[str, str], tuple[str, int, int]]] = [
    ("PATCH", "/identity", {"mode": "jwt"}, {"If-Match": '"1"'}, ("identity", 1, 2)),
    ("PATCH", HELP_CENTER, {}, {"If-Match": '"1"'}, ("help_center/acme", 1, 1)),
    ("PATCH", f"{HELP_CENTER}/audience", {"mode": "everyone"}, {"If-Match": '"1"'}, ("audience/acme", 1, 2)),
    ("PATCH", f"{HELP_CENTER}/portal", {"enabled": False}, {"If-Match": '"1"'}, ("portal/acme", 1, 1)),
    ("PATCH", "/site", {"plan": "advanced"}, {"If-Match": '"1"'}, ("site", 1, 2)),
    (
        "PATCH",
        f"{HELP_CENTER}/homepage/draft",
        {"sections": SECTIONS},
        {"If-Match": '"1"'},
        ("homepage/acme", 1, 2),
    ),
    ("POST", f"{HELP_CENTER}/homepage/publish", {}, {"If-Match": '"1"'}, ("homepage/acme", 1, 1)),
    (
        "PUT",
        "/data_attributes/contact/size",
        {"type": "integer"},
        {"If-None-Match": "*"},
        ("data_attribute/contact.size", 0, 1),
    ),
    ("PUT", "/records/acme", RECORD, {"If-None-Match": "*"}, ("record/acme", 0, 1)),
]


@pytest.mark.parametrize("write", STEPS, ids=lambda write: write[1])
def test_a_step_is_done_once_and_always_answered_the_same(
    api: Api, engine: Engine, clock: Clock, write: tuple[str, str, Any, dict[str, str], tuple[str, int, int]]
) -> None:
    method, path, body, headers, told = write
    step = api.begin()
    first = api.send(method, path, json=body, headers={**headers, **step})
    assert first.is_success, first.text
    before = dump(engine)
    clock.forward(seconds=30)
    # However the body is written, and whatever revision it names.
    moved = {**headers, "If-Match": '"7"'} if "If-Match" in headers else headers
    for sent in (json.dumps(body), json.dumps(dict(reversed(body.items())), indent=1)):
        again = api.send(method, path, content=sent, headers={**moved, **step})
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["ETag"] == first.headers["ETag"]
    assert dump(engine) == before
    (kept,) = api.get("/receipts/r1").json()["steps"]
    assert (kept["resource"], kept["before_revision"], kept["revision"]) == told


def test_enabling_is_kept_with_what_it_changed_beside(api: Api) -> None:
    api.meet_requirements()
    step = api.begin()
    first = api.patch(f"{HELP_CENTER}/portal", {"enabled": True}, headers=step).json()
    assert first["also"] == {"homepage/acme": {"previous_revision": 1, "revision": 2}}
    assert api.patch(f"{HELP_CENTER}/portal", {"enabled": True}, headers=step).json() == first
    (kept,) = api.get("/receipts/r1").json()["steps"]
    assert (kept["resource"], kept["before_revision"], kept["revision"]) == ("portal/acme", 1, 2)


def test_revoking_a_secret_may_be_a_step_but_making_one_not(api: Api, engine: Engine) -> None:
    """What a step was answered is kept; the value of a secret is shown once and kept nowhere else."""
    secret = api.post("/identity/secrets", {"kind": "jwt", "name": "app"}).json()["id"]
    step = api.begin()
    before = dump(engine)
    for path, body in (
        ("/identity/secrets", {"kind": "jwt", "name": "app"}),
        (f"/identity/secrets/{secret}/rotate", {"overlap_seconds": 60}),
        ("/receipts", RECEIPT),
        ("/receipts/r1/finish", APPLIED),
    ):
        refused = api.post(path, body, headers=step)
        assert (refused.status_code, fields(refused)) == (400, {STEP}), path
    assert dump(engine) == before
    for _ in range(2):
        revoked = api.send("DELETE", f"/identity/secrets/{secret}", headers=step)
        assert (revoked.status_code, revoked.content) == (204, b"")
    (kept,) = api.get("/receipts/r1").json()["steps"]
    assert kept["resource"] == f"identity_secret/{secret}"


def test_a_step_is_one_request(api: Api, engine: Engine) -> None:
    step = api.begin()
    api.patch("/identity", {"mode": "jwt"}, headers=step)
    before = dump(engine)
    others = [
        ("PATCH", "/identity", {"mode": "off"}, {"If-Match": '"2"'}),
        ("PATCH", HELP_CENTER, {}, {"If-Match": '"1"'}),
        ("PUT", "/records/acme", RECORD, {"If-None-Match": "*"}),
    ]
    for method, path, body, headers in others:
        refused = api.send(method, path, json=body, headers={**headers, **step})
        assert (refused.status_code, codes(refused), fields(refused)) == (409, ["step_reused"], {STEP})
    assert dump(engine) == before


def test_a_step_needs_a_lease_and_a_receipt_that_is_running(api: Api, engine: Engine) -> None:
    step = api.begin()
    api.begin("other")
    before = dump(engine)

    def send(**headers: str) -> httpx.Response:
        named = {{"lease": LEASE, "step": STEP}[name]: value for name, value in headers.items()}
        return api.patch("/identity", {"mode": "jwt"}, headers=named)

    refused = send(step="r1/1")
    assert (refused.status_code, codes(refused), fields(refused)) == (428, ["precondition_required"], {LEASE})
    for lease, wrong in (("acme/1", "r2/1"), ("acme/1", "r9/1"), ("other/1", "r1/1")):
        refused = send(lease=lease, step=wrong)
        assert (refused.status_code, codes(refused)) == (409, ["receipt_finished"]), wrong
    refused = send(lease="acme/2", step="r1/1")
    assert (refused.status_code, codes(refused)) == (409, ["lease_lost"])
    for malformed in ("", "r1", "r1/", "r0/1", "1/1", "r1/a b", "r1/" + "x" * 41, "r1/1, r1/2"):
        refused = send(lease=step[LEASE], step=malformed)
        assert (refused.status_code, fields(refused)) == (400, {STEP}), malformed
    assert dump(engine) == before


@pytest.mark.parametrize(
    ("values", "revision", "status"), [({"mode": "jwt"}, 9, 412), ({"mode": "x"}, 1, 422), ({"mode": 1}, 1, 400)]
)
def test_a_refused_step_keeps_nothing(
    api: Api, engine: Engine, values: dict[str, Any], revision: int, status: int
) -> None:
    step = api.begin()
    before = dump(engine)
    assert api.patch("/identity", values, revision=revision, headers=step).status_code == status
    assert dump(engine) == before
    assert api.patch("/identity", {"mode": "jwt"}, headers=step).status_code == 200


def test_a_step_that_is_sent_by_several_at_once_is_done_once(app: Flask, engine: Engine) -> None:
    api = Api(app)
    under_step = api.begin()
    rounds, senders = 8, 3
    start = threading.Barrier(senders)
    answers: list[list[httpx.Response]] = [[] for _ in range(senders)]

    def send(mine: list[httpx.Response]) -> None:
        api = Api(app)
        for number in range(1, rounds + 1):
            start.wait(60)
            page = {"sections": [{"type": "search", "enabled": True, "settings": {"round": number}}]}
            headers = {**under_step, STEP: f"r1/{number}"}
            mine.append(api.patch(f"{HELP_CENTER}/homepage/draft", page, revision=number, headers=headers))

    threads = [threading.Thread(target=send, args=(mine,)) for mine in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, same in enumerate(zip(*answers, strict=True), start=1):
        assert {one.status_code for one in same} == {200}
        assert len({one.content for one in same}) == 1
        assert same[0].json()["revision"] == number + 1
    held = dump(engine)
    assert len(held["activity"]) == len(held["receipt_steps"]) == rounds
    assert api.configuration()["revision"] == 1 + rounds


@settings(examples(5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=12))
def test_whatever_is_sent_again_each_step_is_done_once(api: Api, engine: Engine, sent: list[tuple[int, bool]]) -> None:
    """Answers are lost and requests repeated in any order: what is there is what the steps say, once."""
    fence = api.lease(id="a-new-request").json()["fence"]
    receipt = api.post("/receipts", RECEIPT, headers=under(fence)).json()["id"]
    revision = api.get("/messenger_spaces").json()["revision"]
    answered: dict[int, dict[str, Any]] = {}
    for number, fresh in sent:
        if fresh or number not in answered:
            current = api.get("/messenger_spaces").json()["revision"]
            body = {"news": number % 2 == 0, "tasks": number > 2}
            response = api.patch(
                "/messenger_spaces", body, revision=current, headers={**under(fence), STEP: f"{receipt}/{number}"}
            )
            assert response.status_code == 200
            assert answered.setdefault(number, response.json()) == response.json()
    told = api.get(f"/receipts/{receipt}").json()
    assert [int(one["step"]) for one in told["steps"]] == list(answered)
    assert told["steps_done"] == len(answered)
    assert told["steps"][0]["before_revision"] == revision
    assert api.get("/messenger_spaces").json()["revision"] == told["steps"][-1]["revision"]
    api.post("/leases/acme/release", {"fence": fence})


def test_a_receipt_of_the_same_number_is_not_the_one_that_is_meant(api: Api, engine: Engine) -> None:
    step = api.begin()
    mine = step[STEP].partition("/")[0]
    other = f"{mine[:-6]}{'0' * 6 if not mine.endswith('0' * 6) else 'f' * 6}"
    before = dump(engine)
    late = api.patch("/identity", {"mode": "jwt"}, headers={**step, STEP: f"{other}/1"})
    assert (late.status_code, codes(late)) == (409, ["receipt_finished"])
    body = {"method": "PATCH", "path": "identity", "step": "1", "revision": 1, "body": {"mode": "jwt"}}
    together = api.post(f"/receipts/{other}/steps", {"steps": [body], "decided_on": {}}, headers=under())
    assert (together.status_code, codes(together)) == (409, ["receipt_finished"])
    assert api.get(f"/receipts/{other}").status_code == finish(api, other, 1).status_code == 404
    assert dump(engine) == before
    finish(api, mine, 1)
    api.post("/leases/acme/release", {"fence": 1})
    api.lease(id="another-request")
    undo = {**RECEIPT, "action": "undo", "undoes": other}
    refused = api.post("/receipts", undo, headers=under(2))
    assert (refused.status_code, fields(refused)) == (422, {"undoes"})
    assert api.post("/receipts", {**undo, "undoes": mine}, headers=under(2)).json()["undoes"] == mine
    # A place in a list is a number, whatever stands there by now.
    assert numbers(api.get(f"/receipts?before={other[:1]}2{other[2:]}").json()) == ["r1"]

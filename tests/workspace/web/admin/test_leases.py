"""Leases: one at a time, until they end; a write under one that ended changes nothing. On both databases."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.admin.client import HELP_CENTER, LEASE, PLAIN_WRITES, SECTIONS, Api, Clock, codes, dump, fields
from tests.support.databases import one_is_enough
from workspace.database import engine as db
from workspace.identity import tokens as auth

if TYPE_CHECKING:
    import httpx
    from flask import Flask
    from sqlalchemy import Engine

ROUNDS = 12
RECORD = {"help_center": "acme", "digest": "sha256:0123", "values": {}, "commit": None}
UNDER = "Portal-Lease"

# One write of each kind that is no plain PATCH: method, path, body, its other headers.
OTHER_WRITES: list[tuple[str, str, Any, dict[str, str]]] = [
    ("PATCH", f"{HELP_CENTER}/portal", {"enabled": False}, {"If-Match": '"1"'}),
    ("PATCH", f"{HELP_CENTER}/homepage/draft", {"sections": SECTIONS}, {"If-Match": '"1"'}),
    ("POST", f"{HELP_CENTER}/homepage/publish", {}, {"If-Match": '"1"'}),
    ("PUT", "/data_attributes/contact/size", {"type": "integer"}, {"If-None-Match": "*"}),
    ("DELETE", "/data_attributes/company/plan_tier", None, {"If-Match": '"1"'}),
    ("PUT", "/records/acme", RECORD, {"If-None-Match": "*"}),
    ("POST", "/identity/secrets", {"kind": "jwt", "name": "app"}, {}),
    ("POST", "/identity/secrets/sec_1/rotate", {"overlap_seconds": 60}, {}),
    ("DELETE", "/identity/secrets/sec_1", None, {}),
]
WRITES = [("PATCH", path, values, {"If-Match": '"1"'}) for path, _, values in PLAIN_WRITES] + OTHER_WRITES


def problem(response: httpx.Response) -> dict[str, Any]:
    (error,) = response.json()["errors"]
    return dict(error)


def test_a_lease_is_taken_shown_and_given_back(api: Api, engine: Engine) -> None:
    assert api.get("/leases/acme").status_code == 404
    taken = api.lease()
    assert taken.status_code == 201
    lease = {
        "name": "acme",
        "fence": 1,
        "holder": LEASE["holder"],
        "reason": LEASE["reason"],
        "by": "ada",
        "acquired_at": "2026-03-14T12:00:00Z",
        "expires_at": "2026-03-14T12:01:00Z",
    }
    assert taken.json() == api.get("/leases/acme").json() == lease
    for _ in range(2):
        released = api.post("/leases/acme/release", {"fence": 1})
        assert (released.status_code, released.json()) == (200, {"released": True})
        assert api.get("/leases/acme").status_code == 404
    # Taking turns is no change of the workspace.
    assert api.configuration()["revision"] == 1
    assert dump(engine)["activity"] == []


def test_the_same_request_again_takes_it_once(api: Api, clock: Clock) -> None:
    taken = api.lease()
    clock.forward(seconds=5)
    again = api.lease()
    assert (again.status_code, again.json()) == (200, taken.json())
    # Given back, the same id means a new one.
    api.post("/leases/acme/release", {"fence": 1})
    assert (api.lease().status_code, api.get("/leases/acme").json()["fence"]) == (201, 2)


def test_somebody_else_waits(api: Api, engine: Engine) -> None:
    taken = api.lease().json()
    before = dump(engine)
    refused = api.lease(id="another-request", holder="eve")
    assert (refused.status_code, codes(refused), problem(refused)["data"]) == (423, ["lease_held"], taken)
    assert "ada@laptop, process 7 has the lease of acme until 2026-03-14T12:01:00Z" in problem(refused)["message"]
    assert dump(engine) == before
    # Each name has its own.
    assert api.lease("other", id="another-request").json()["fence"] == 1


def test_the_id_of_a_request_is_no_password(api: Api, engine: Engine) -> None:
    with db.writing(engine) as connection:
        token = auth.create(connection, "eve", "write", now=1)
    api.lease()
    refused = api.post("/leases/acme", LEASE, headers={"Authorization": f"Bearer {token}"})
    assert (refused.status_code, codes(refused)) == (423, ["lease_held"])


def test_a_lease_ends_by_itself(api: Api, clock: Clock) -> None:
    api.lease(ttl=5)
    clock.forward(seconds=4)
    assert api.get("/leases/acme").status_code == 200
    clock.forward(seconds=1)
    assert api.get("/leases/acme").status_code == 404
    for attempt, fence in (("renew", {"fence": 1, "ttl": 60}), ("break", {"fence": 1})):
        lost = api.post(f"/leases/acme/{attempt}", fence)
        assert (lost.status_code, codes(lost), problem(lost)["data"]) == (409, ["lease_lost"], {"lease": None})
    assert api.post("/leases/acme/release", {"fence": 1}).status_code == 200
    newer = api.lease(id="another-request")
    assert (newer.status_code, newer.json()["fence"]) == (201, 2)
    for attempt, fence in (("renew", {"fence": 1, "ttl": 60}), ("break", {"fence": 1}), ("release", {"fence": 1})):
        lost = api.post(f"/leases/acme/{attempt}", fence)
        assert (lost.status_code, codes(lost), problem(lost)["data"]) == (409, ["lease_lost"], {"lease": newer.json()})
    assert api.get("/leases/acme").json() == newer.json()


def test_a_lease_is_renewed(api: Api, clock: Clock) -> None:
    api.lease(ttl=60)
    clock.forward(seconds=50)
    renewed = api.post("/leases/acme/renew", {"fence": 1, "ttl": 30})
    assert (renewed.status_code, renewed.json()["expires_at"]) == (200, "2026-03-14T12:01:20Z")
    assert renewed.json()["acquired_at"] == "2026-03-14T12:00:00Z"
    clock.forward(seconds=29)
    assert api.get("/leases/acme").json() == renewed.json()


def test_a_lease_of_somebody_else_is_broken_and_that_is_told(api: Api, clock: Clock) -> None:
    api.lease()
    wrong = api.post("/leases/acme/break", {"fence": 2})
    assert (wrong.status_code, codes(wrong)) == (409, ["lease_lost"])
    clock.forward(seconds=5)
    broken = api.post("/leases/acme/break", {"fence": 1})
    assert (broken.status_code, broken.json()) == (200, {"released": True})
    assert api.get("/leases/acme").status_code == 404
    (entry,) = api.activity()
    assert (entry["resource"], entry["activity_type"], entry["revision"]) == ("lease/acme", "lease_break", 2)
    assert entry["description"] == "Broke the lease 1 on acme, held by ada@laptop, process 7"
    assert entry["changes"]["reason"] == {"before": "portal apply", "after": None}
    # Whoever was broken finds out with the next write.
    refused = api.patch("/identity", {"mode": "jwt"}, headers={UNDER: "acme/1"})
    assert (refused.status_code, codes(refused)) == (409, ["lease_lost"])


def test_a_name_without_a_lease_has_nothing_to_renew_release_or_break(api: Api, engine: Engine) -> None:
    before = dump(engine)
    for attempt, body in (("renew", {"fence": 1, "ttl": 60}), ("release", {"fence": 1}), ("break", {"fence": 1})):
        assert api.post(f"/leases/acme/{attempt}", body).status_code == 404
    assert dump(engine) == before


@one_is_enough
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"id": "short"}, 422),
        ({"id": "x" * 65}, 422),
        ({"id": "no blanks here"}, 422),
        ({"holder": ""}, 422),
        ({"holder": "x" * 201}, 422),
        ({"reason": "x" * 501}, 422),
        ({"ttl": 4}, 422),
        ({"ttl": 3601}, 422),
        ({"ttl": "60"}, 400),
        ({"colour": "blue"}, 400),
    ],
)
def test_a_lease_that_cannot_be_is_refused(api: Api, change: dict[str, Any], status: int) -> None:
    response = api.lease(**change)
    assert (response.status_code, fields(response)) == (status, set(change))
    assert api.get("/leases/acme").status_code == 404


@one_is_enough
def test_a_name_that_cannot_be_has_no_lease(api: Api) -> None:
    for name in ("-acme", "ac me", "x" * 201):
        response = api.lease(name)
        assert (response.status_code, fields(response)) == (422, {"name"})


def _send(api: Api, write: tuple[str, str, Any, dict[str, str]], lease: str) -> httpx.Response:
    method, path, body, headers = write
    given = {} if body is None else {"json": body}
    return api.send(method, path, headers={**headers, UNDER: lease}, **given)


@pytest.mark.parametrize("write", WRITES, ids=lambda write: f"{write[0]} {write[1]}")
def test_every_write_is_refused_under_a_lease_that_is_lost(
    api: Api, engine: Engine, clock: Clock, write: tuple[str, str, Any, dict[str, str]]
) -> None:
    api.lease(ttl=5)
    clock.forward(seconds=5)
    before = dump(engine)
    lost = _send(api, write, "acme/1")
    assert (lost.status_code, codes(lost), problem(lost)["data"]) == (409, ["lease_lost"], {"lease": None})
    assert "lease 1 of acme has ended; nobody has it" in problem(lost)["message"]
    assert dump(engine) == before
    newer = api.lease(id="another-request").json()
    before = dump(engine)
    for lease in ("acme/1", "acme/3", "other/1"):
        lost = _send(api, write, lease)
        assert (lost.status_code, codes(lost)) == (409, ["lease_lost"])
        assert problem(lost)["data"] == {"lease": None if lease == "other/1" else newer}
    malformed = ("", "acme", "acme/", "acme/0", "acme/01", "acme/x", "/1", "-acme/1", "acme/1, acme/2")
    for lease in malformed:
        response = _send(api, write, lease)
        assert (response.status_code, fields(response)) == (400, {UNDER}), lease
    assert dump(engine) == before
    # Under the live one it goes on as ever.
    done = _send(api, write, "acme/2")
    assert done.is_success or (done.status_code == 404 and "sec_1" in write[1])


def test_settings_may_be_written_beside_a_lease_but_not_the_record(api: Api, engine: Engine) -> None:
    """People go on working while an apply runs; it finds out by the revisions."""
    lease = api.lease().json()
    assert api.patch("/identity", {"mode": "jwt"}).status_code == 200
    before = dump(engine)
    refused = api.create("/records/acme", RECORD)
    assert (refused.status_code, codes(refused), problem(refused)["data"]) == (423, ["lease_held"], lease)
    api.lease("other")
    refused = api.send("PUT", "/records/acme", json=RECORD, headers={"If-None-Match": "*", UNDER: "other/1"})
    assert (refused.status_code, codes(refused)) == (423, ["lease_held"])
    assert dump(engine)["records"] == before["records"] == []
    kept = api.send("PUT", "/records/acme", json=RECORD, headers={"If-None-Match": "*", UNDER: "acme/1"})
    assert kept.status_code == 201
    api.post("/leases/acme/release", {"fence": 1})
    assert api.send("PUT", "/records/acme", json={**RECORD, "digest": "x"}, revision=1).status_code == 200


def test_the_configuration_tells_of_the_lease(api: Api, clock: Clock) -> None:
    path = f"{HELP_CENTER}/configuration?record=acme"
    tags = [api.get(path).headers["ETag"]]
    lease = api.lease().json()
    assert api.get(path).json()["lease"] == lease
    tags.append(api.get(path).headers["ETag"])
    assert api.get(path, headers={"If-None-Match": tags[-1]}).status_code == 304
    # Without a name, and for another one, there is nothing to tell.
    assert api.configuration()["lease"] is None
    assert api.configuration(record="other")["lease"] is None
    clock.forward(seconds=10)
    api.post("/leases/acme/renew", {"fence": 1, "ttl": 60})
    tags.append(api.get(path).headers["ETag"])
    clock.forward(seconds=60)
    assert api.get(path).json()["lease"] is None
    assert len(set(tags)) == 3
    assert api.get(path).headers["ETag"] == tags[0]


def test_a_reader_sees_leases_and_takes_none(api: Api, engine: Engine) -> None:
    with db.writing(engine) as connection:
        token = auth.create(connection, "viewer", "read", now=1)
    api.lease()
    headers = {"Authorization": f"Bearer {token}"}
    # The first use of a token is noted beside it, once an hour.
    assert api.get("/whoami", headers=headers).status_code == 200
    before = dump(engine)
    assert api.get("/leases/acme", headers=headers).status_code == 200
    for path in ("/leases/other", "/leases/acme/renew", "/leases/acme/release", "/leases/acme/break"):
        response = api.post(path, {}, headers=headers)
        assert (response.status_code, codes(response)) == (403, ["insufficient_scope"])
    assert dump(engine) == before


def test_of_several_that_ask_at_once_one_is_given_it(app: Flask) -> None:
    names = ("ada", "eve", "joe")
    start, taken = threading.Barrier(len(names)), {name: [] for name in names}  # type: dict[str, list[httpx.Response]]
    failures: list[BaseException] = []

    def ask(name: str) -> None:
        api = Api(app)
        try:
            for number in range(ROUNDS):
                start.wait(60)
                taken[name].append(api.lease(id=f"{name}-request-{number}", holder=name))
                start.wait(60)
                fence = taken[name][-1].json().get("fence")
                if fence is not None:
                    assert api.post("/leases/acme/release", {"fence": fence}).status_code == 200
        except BaseException as failure:
            failures.append(failure)
            start.abort()
            raise

    threads = [threading.Thread(target=ask, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for number, answers in enumerate(zip(*taken.values(), strict=True), start=1):
        assert sorted(one.status_code for one in answers) == [201, 423, 423]
        (winner,) = [one.json() for one in answers if one.status_code == 201]
        assert winner["fence"] == number
        assert [problem(one)["data"] for one in answers if one.status_code == 423] == [winner, winner]

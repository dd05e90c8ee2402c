"""Signing secrets, the exchange for a session, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tests.support.admin.client import TOKEN, dump
from tests.support.databases import one_is_enough
from tests.support.pages.stage import Stage, csrf, token
from workspace.database import engine as db
from workspace.database import tables
from workspace.identity import sessions, signatures

if TYPE_CHECKING:
    import httpx

PORTAL = "/en/tickets-portal"


def ping(client: httpx.Client, **claims: Any) -> httpx.Response:
    return client.post("/messenger/ping", json=claims)


def refused(stage: Stage, **claims: Any) -> bool:
    with stage.visitor() as client:
        answer = ping(client, **claims)
        assert "set-cookie" not in answer.headers or answer.status_code == 200
        if answer.status_code == 200:
            return False
        assert answer.json()["errors"][0] == {
            "code": "identity_unverified",
            "message": "The identity could not be verified.",
        }
        return answer.status_code == 400


# --- secrets ---


def test_a_secret_is_shown_once(stage: Stage) -> None:
    secret_id, value = stage.secret(name="Web")
    (listed,) = stage.api.get("/identity/secrets").json()["data"]
    assert listed["id"] == secret_id
    assert "value" not in listed
    (entry,) = stage.api.activity()
    assert entry["activity_type"] == "messenger_api_secret_creation"
    assert entry["resource"] == f"identity_secret/{secret_id}"
    assert value not in str(stage.api.activity())
    assert value not in str(stage.api.configuration())
    kept = [row for name, rows in dump(stage.engine).items() if value in str(rows) for row in [name]]
    assert kept == ["identity_secrets"]


def test_a_replaced_secret_stays_valid_for_as_long_as_was_asked(stage: Stage) -> None:
    old_id, old = stage.secret()
    answer = stage.api.send("POST", f"/identity/secrets/{old_id}/rotate", json={"overlap_seconds": 60})
    assert answer.status_code == 201
    new = answer.json()["value"]
    assert new != old
    assert not refused(stage, intercom_user_jwt=token(old, user_id="u-ada"))
    assert not refused(stage, intercom_user_jwt=token(new, user_id="u-ada"))
    stage.clock.forward(seconds=60)
    assert refused(stage, intercom_user_jwt=token(old, user_id="u-ada"))
    assert not refused(stage, intercom_user_jwt=token(new, user_id="u-ada"))
    again = stage.api.send("POST", f"/identity/secrets/{old_id}/rotate", json={"overlap_seconds": 60})
    assert again.status_code == 404


def test_a_revoked_secret_ends_the_sessions_that_it_vouched_for(stage: Stage) -> None:
    secret_id, secret = stage.secret()
    with stage.visitor() as client:
        assert ping(client, intercom_user_jwt=token(secret, user_id="u-ada")).status_code == 200
        assert client.get(PORTAL).status_code == 200
        assert stage.api.send("DELETE", f"/identity/secrets/{secret_id}").status_code == 204
        assert client.get(PORTAL).status_code == 302
        assert ping(client, intercom_user_jwt=token(secret, user_id="u-ada")).status_code == 400
    assert stage.api.send("DELETE", f"/identity/secrets/{secret_id}").status_code == 404
    (entry, _) = stage.api.activity()
    assert entry["activity_type"] == "messenger_api_secret_deletion"


def test_secrets_of_a_kind_are_limited(stage: Stage) -> None:
    for number in range(10):
        stage.secret(name=str(number))
    assert stage.api.send("POST", "/identity/secrets", json={"kind": "jwt", "name": "x"}).status_code == 422
    stage.secret("hmac")


@one_is_enough
def test_secrets_need_a_token_that_writes(stage: Stage) -> None:
    with db.writing(stage.engine) as connection:
        from workspace.identity import tokens as auth

        reader = auth.create(connection, "reader", "read", now=0)
    for method, path, body in (
        ("POST", "/identity/secrets", {"kind": "jwt", "name": "x"}),
        ("POST", "/identity/secrets/x/rotate", {"overlap_seconds": 0}),
        ("DELETE", "/identity/secrets/x", None),
    ):
        answer = stage.api.send(method, path, json=body, headers={"Authorization": f"Bearer {reader}"})
        assert answer.status_code == 403


# --- tokens ---


def test_a_token_makes_a_session_in_two_cookies(stage: Stage) -> None:
    _, secret = stage.secret()
    with stage.visitor() as client:
        answer = ping(client, intercom_user_jwt=token(secret, user_id="u-ada", exp=stage.now() + 60))
        assert answer.status_code == 200
        assert answer.json()["type"] == "session"
        set_cookies = answer.headers.get_list("set-cookie")
        assert [one.partition("=")[0] for one in set_cookies] == [
            "intercom-session-ws_stage",
            "intercom-device-id-ws_stage",
        ]
        for one in set_cookies:
            assert "HttpOnly" in one
            assert "SameSite=Lax" in one
            assert "Secure" not in one
        assert "Ada" in client.get(PORTAL).text
        values = [one.partition("=")[2].partition(";")[0] for one in set_cookies]
    for rows in dump(stage.engine).values():
        assert not any(value in str(rows) for value in values)


def test_cookies_are_secure_where_the_page_is(stage: Stage) -> None:
    _, secret = stage.secret()
    with stage.visitor("https://help.acme.example") as client:
        answer = ping(client, intercom_user_jwt=token(secret, user_id="u-ada"))
        assert all("Secure" in one for one in answer.headers.get_list("set-cookie"))


def test_a_token_with_a_number_for_an_id(stage: Stage) -> None:
    _, secret = stage.secret()
    with db.writing(stage.engine) as connection:
        from workspace.people import rows as people

        people.update_contact(connection, "ada", {"external_id": "17"})
    assert not refused(stage, intercom_user_jwt=token(secret, user_id=17))
    assert refused(stage, intercom_user_jwt=token(secret, user_id=True))


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email": "ada@x.example"},
        {"user_id": None},
        {"user_id": ""},
        {"user_id": ["u-ada"]},
        {"user_id": "u-nobody"},
        {"user_id": "ada"},
        {"user_id": "u-lead"},
        {"user_id": "u-gone"},
        {"user_id": "u-ada\0"},
        {"user_id": "u-ada", "exp": 0},
        {"user_id": "u-ada", "exp": "soon"},
        {"user_id": "u-ada", "exp": None},
        {"user_id": "u-ada", "exp": float("inf")},
        {"user_id": "u-ada", "nbf": 10**12},
    ],
)
def test_tokens_that_identify_nobody(stage: Stage, claims: dict[str, Any]) -> None:
    _, secret = stage.secret()
    assert refused(stage, intercom_user_jwt=token(secret, **claims))


@one_is_enough
def test_times_are_kept_with_a_little_leeway(stage: Stage) -> None:
    _, secret = stage.secret()
    now, leeway = stage.now(), signatures.LEEWAY
    for claims, wanted in (
        ({"exp": now - leeway + 1}, False),
        ({"exp": now - leeway}, True),
        ({"nbf": now + leeway}, False),
        ({"nbf": now + leeway + 1}, True),
    ):
        assert refused(stage, intercom_user_jwt=token(secret, user_id="u-ada", **claims)) is wanted, claims


@one_is_enough
def test_the_algorithm_is_pinned(stage: Stage) -> None:
    _, secret = stage.secret()
    for algorithm in ("HS384", "HS512", "none"):
        key = "" if algorithm == "none" else secret * 2
        assert refused(stage, intercom_user_jwt=token(key, algorithm, user_id="u-ada"))
    good = token(secret, user_id="u-ada")
    head, body, signature = good.split(".")
    for bad in (f"{head}.{body}.", f"{head}.{body}", f"{head}.{body}.{signature[:-2]}AA", "x", "", "x" * 9000):
        assert refused(stage, intercom_user_jwt=bad), bad


# --- hashes ---


def test_hashes(stage: Stage) -> None:
    stage.set("identity", mode="hmac")
    _, secret = stage.secret("hmac")

    def signed(identifier: str) -> str:
        return signatures.hash_of(identifier, secret)

    assert not refused(stage, user_id="u-ada", user_hash=signed("u-ada"))
    assert not refused(stage, user_id="u-ada", user_hash=signed("u-ada").upper())
    assert not refused(stage, email="ada@x.example", user_hash=signed("ada@x.example"))
    assert not refused(stage, email="bob@x.example", user_id="u-ada", user_hash=signed("u-ada"))
    # The id takes precedence, so a hash of the address is a hash of the wrong thing.
    assert refused(stage, email="bob@x.example", user_id="u-ada", user_hash=signed("bob@x.example"))
    assert refused(stage, user_id="u-ada", user_hash=signed("u-bob"))
    assert refused(stage, user_id="u-ada", user_hash="")
    assert refused(stage, user_id="u-ada", user_hash="é")
    assert refused(stage, user_hash=signed(""))
    assert refused(stage, user_id="u-ada")
    assert refused(stage, email="two@x.example", user_hash=signed("two@x.example"))
    assert refused(stage, intercom_user_jwt=token(secret, user_id="u-ada"))


def test_only_what_is_enforced_is_looked_at(stage: Stage) -> None:
    _, of_tokens = stage.secret("jwt")
    _, of_hashes = stage.secret("hmac")
    signed = {"user_id": "u-ada", "user_hash": signatures.hash_of("u-ada", of_hashes)}
    assert refused(stage, **signed)
    assert refused(stage, intercom_user_jwt=token(of_hashes, user_id="u-ada"))
    with stage.visitor() as client:
        assert ping(client, intercom_user_jwt=token(of_tokens, user_id="u-ada")).status_code == 200
        stage.set("identity", mode="off")
        assert refused(stage, **signed)
        assert refused(stage, intercom_user_jwt=token(of_tokens, user_id="u-ada"))
        assert "Ada" not in client.get("/en/").text
        stage.set("identity", mode="hmac")
        assert "Ada" not in client.get("/en/").text
        stage.set("identity", mode="jwt")
        assert "Ada" in client.get("/en/").text


@one_is_enough
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b'{"user_id": 1}', "application/json"),
        (b'{"admin": "yes"}', "application/json"),
        (b'{"user_id": "a", "user_id": "b"}', "application/json"),
        (b"\xff", "application/json"),
        (b"user_id=u-ada", "application/x-www-form-urlencoded"),
        (b'{"user_id": "u-ada"}', "text/plain"),
    ],
)
def test_a_ping_of_another_form(stage: Stage, body: bytes, kind: str) -> None:
    with stage.visitor() as client:
        answer = client.post("/messenger/ping", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "parameter_invalid"
        assert client.get("/messenger/ping").status_code == 405


# --- sessions ---


def test_a_session_is_worth_nothing_without_its_device(stage: Stage) -> None:
    with stage.signed_in("ada") as ada, stage.signed_in("bob") as bob:
        stolen = ada.cookies["intercom-session-ws_stage"]
        assert ada.get(PORTAL).status_code == 200
        bob.cookies.set("intercom-session-ws_stage", stolen)
        with stage.visitor() as thief:
            thief.cookies.update(
                {
                    "intercom-session-ws_stage": stolen,
                    "intercom-device-id-ws_stage": bob.cookies["intercom-device-id-ws_stage"],
                }
            )
            assert thief.get(PORTAL).status_code == 302


def test_a_session_lasts_a_week(stage: Stage) -> None:
    with stage.signed_in("ada") as ada:
        stage.clock.forward(days=7, seconds=-1)
        assert ada.get(PORTAL).status_code == 200
        stage.clock.forward(seconds=1)
        assert ada.get(PORTAL).status_code == 302


def test_each_ping_makes_another_session_in_the_place_of_the_last(stage: Stage) -> None:
    _, secret = stage.secret()
    with stage.visitor() as client:
        ping(client, intercom_user_jwt=token(secret, user_id="u-ada"))
        first = dict(client.cookies)
        ping(client, intercom_user_jwt=token(secret, user_id="u-bob"))
        second = dict(client.cookies)
    assert first["intercom-session-ws_stage"] != second["intercom-session-ws_stage"]
    assert first["intercom-device-id-ws_stage"] == second["intercom-device-id-ws_stage"]
    with stage.visitor() as before:
        before.cookies.update(first)
        assert before.get(PORTAL).status_code == 302
    with db.reading(stage.engine) as connection:
        assert len(connection.execute(select(tables.sessions)).all()) == 1


def test_a_person_has_so_many_sessions_and_no_more(stage: Stage) -> None:
    with stage.signed_in("bob") as bob, stage.signed_in("ada") as first:
        for _ in range(sessions.MOST - 2):
            stage.clock.forward(seconds=1)
            stage.signed_in("ada").close()
        with stage.signed_in("ada") as last:
            assert first.get(PORTAL).status_code == 200
            stage.clock.forward(seconds=1)
            with stage.signed_in("ada") as another:
                assert [one.get(PORTAL).status_code for one in (first, last, another, bob)] == [302, 200, 200, 200]


@pytest.mark.parametrize("way", ["page", "application"])
def test_signing_out_ends_the_session_at_once(stage: Stage, way: str) -> None:
    with stage.signed_in("ada") as ada:
        kept = dict(ada.cookies)
        if way == "page":
            answer = ada.post("/en/sign-out", data={"csrf": csrf(ada.get("/en/").text)})
            assert (answer.status_code, answer.headers["location"]) == (303, "/en/")
        else:
            answer = ada.post("/messenger/shutdown")
            assert answer.status_code == 204
        assert answer.headers["set-cookie"].startswith("intercom-session-ws_stage=;")
    with stage.visitor() as again:
        again.cookies.update(kept)
        assert again.get(PORTAL).status_code == 302


def test_an_admin_token_is_no_session_and_a_session_no_admin_token(stage: Stage) -> None:
    with stage.visitor() as client:
        assert client.get(PORTAL, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 302
    with stage.signed_in("ada") as ada:
        session = ada.cookies["intercom-session-ws_stage"]
        assert ada.get("/portal_admin/v1/identity/secrets").status_code == 401
        headers = {"Authorization": f"Bearer {session}"}
        assert ada.get("/portal_admin/v1/identity/secrets", headers=headers).status_code == 401


def test_another_site_signs_nobody_out(stage: Stage) -> None:
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    with stage.visitor() as stranger:
        for headers in (foreign, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = stranger.post("/messenger/shutdown", data={"x": "1"}, headers=headers)
            assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)
        # Nothing is deleted that was not sent.
        assert "set-cookie" not in stranger.post("/messenger/shutdown").headers
    with stage.signed_in("ada") as ada:
        assert ada.post("/messenger/shutdown", headers=foreign).status_code == 403
        assert ada.get(PORTAL).status_code == 200
        # The customer's web application, on another host of the same site.
        application = {"Origin": "https://app.acme.example", "Sec-Fetch-Site": "same-site"}
        assert ada.post("/messenger/shutdown", headers=application).status_code == 204
        assert ada.get(PORTAL).status_code == 302


@pytest.mark.parametrize("spelling", ["ada@x.example", "ADA@x.example"])
def test_a_hash_of_a_text_that_is_an_id_and_an_address_identifies_nobody(stage: Stage, spelling: str) -> None:
    stage.set("identity", mode="hmac")
    _, secret = stage.secret("hmac")
    with db.writing(stage.engine) as connection:
        from workspace.people import rows as people

        people.update_contact(connection, "bob", {"external_id": spelling})
    signature = signatures.hash_of(spelling, secret)
    assert refused(stage, email=spelling, user_hash=signature)
    assert refused(stage, user_id=spelling, user_hash=signature)

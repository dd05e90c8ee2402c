"""Who may call, and which requests are understood at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.admin.client import TOKEN, Api, codes, dump, fields
from tests.support.databases import one_is_enough
from tests.support.examples import examples
from workspace.core import validation
from workspace.core.errors import ApiError
from workspace.database import engine as db
from workspace.identity import tokens as auth
from workspace.web.app import create_app
from workspace.web.app_config import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy import Engine


@one_is_enough
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"]
)
@pytest.mark.parametrize("path", ["/identity", "/nope", "/help_centers/acme/configuration", "/help_centers/nope"])
def test_without_a_token_everything_is_unauthorized(api: Api, path: str, header: str | None) -> None:
    del api.http.headers["Authorization"]
    headers = {} if header is None else {"Authorization": header}
    for method in ("GET", "PATCH", "DELETE"):
        response = api.send(method, path, headers=headers)
        assert (response.status_code, codes(response)) == (401, ["unauthorized"])


def test_tokens_of_the_database_count_until_they_are_revoked(api: Api, engine: Engine) -> None:
    with db.writing(engine) as connection:
        token = auth.create(connection, "ci", "write", now=1)
    headers = {"Authorization": f"bearer {token}"}
    assert api.get("/whoami", headers=headers).json() == {"name": "ci", "scopes": ["read", "write"]}
    assert api.patch("/identity", {"mode": "jwt"}, headers=headers).status_code == 200
    assert api.activity()[0]["by"] == {"type": "token", "name": "ci"}
    assert api.activity()[0]["from"] == "127.0.0.1"
    with db.writing(engine) as connection:
        auth.revoke(connection, "ci", now=2)
    assert api.get("/whoami", headers=headers).status_code == 401


def test_a_reader_may_not_write(api: Api, engine: Engine) -> None:
    with db.writing(engine) as connection:
        token = auth.create(connection, "viewer", "read", now=1)
    headers = {"Authorization": f"Bearer {token}"}
    assert api.get("/whoami", headers=headers).json() == {"name": "viewer", "scopes": ["read"]}
    assert api.get("/help_centers/acme/configuration", headers=headers).status_code == 200
    # The first request leaves a note of when the token was used.
    before = dump(engine)
    writes = [
        ("PATCH", "/identity"),
        ("PATCH", "/help_centers/acme/homepage/draft"),
        ("POST", "/help_centers/acme/homepage/publish"),
        ("PUT", "/data_attributes/company/size"),
        ("PUT", "/records/acme"),
    ]
    for method, path in writes:
        response = api.send(method, path, json={}, headers=headers)
        assert (response.status_code, codes(response)) == (403, ["insufficient_scope"]), path
    assert dump(engine) == before


def test_a_reader_may_ask_about_access(api: Api, engine: Engine) -> None:
    with db.writing(engine) as connection:
        token = auth.create(connection, "viewer", "read", now=1)
    view = {"open": True, "audience": {"mode": "everyone"}, "ticket_visibility": {"restricted": False}}
    for question, body in (
        ("preview", {"audience": {"mode": "everyone"}}),
        ("compare", {"before": view, "after": view}),
        ("changed", {"before": view, "after": view}),
        ("check", {"people": ["ada@examply.com"]}),
    ):
        path = f"/help_centers/acme/access/{question}"
        response = api.send("POST", path, json=body, headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 200, question


def test_the_embedded_token_is_stored_nowhere(api: Api, engine: Engine) -> None:
    assert api.get("/whoami").json() == {"name": "ada", "scopes": ["read", "write"]}
    api.patch("/identity", {"mode": "jwt"})
    assert api.activity()[0]["from"] is None
    assert TOKEN not in repr(dump(engine))
    without = create_app(Settings(engine=engine))
    assert Api(without).get("/whoami").status_code == 401


@one_is_enough
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'"mode"', "must be a JSON object"),
        (b'{"mode": "jwt"} x', "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"mode": NaN}', "not JSON"),
        (b'{"mode": "jwt", "mode": "off"}', "stands twice"),
        (b'{"mode": "\\u0000"}', "NUL"),
        (b'{"mo\\u0000de": 1}', "NUL"),
        (b'{"mode": "\\ud800"}', "surrogate"),
        (b'{"mode": 1e999}', "out of range"),
        (b'{"mode": ' + b"9" * 5000 + b"}", "out of range"),
        (b'{"mode": ' + b"[" * 70 + b"]" * 70 + b"}", "nested deeper"),
        (b'{"mode": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested deeper"),
    ],
)
def test_a_body_that_is_no_proper_json_is_refused(api: Api, engine: Engine, body: bytes, said: str) -> None:
    before = dump(engine)
    response = api.send("PATCH", "/identity", content=body, revision=1)
    assert (response.status_code, codes(response)) == (400, ["parameter_invalid"])
    assert said in response.json()["errors"][0]["message"]
    assert dump(engine) == before


BODIES = st.recursive(
    st.one_of(st.integers(), st.floats(), st.text(max_size=3), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=8,
)


@given(body=st.dictionaries(st.text(max_size=3), BODIES, max_size=3), depth=st.integers(0, 70), escaped=st.booleans())
@examples(36)
def test_the_short_way_through_a_body_refuses_what_the_long_one_does(
    body: dict[str, Any], depth: int, escaped: bool
) -> None:
    for _ in range(depth):
        body = {"": [body]} if depth % 2 else {"": body}
    text = json.dumps(body, ensure_ascii=escaped).replace("Infinity", "1e999").replace("NaN", "1")
    try:
        sent = text.encode()
    except UnicodeEncodeError:
        # No bytes are half a surrogate pair.
        return
    document = json.loads(text)

    def outcome(check: Callable[[], object]) -> object:
        try:
            return check()
        except ApiError as problem:
            return [item.message for item in problem.problems]

    expected = outcome(lambda: validation._check_values(document))
    assert outcome(lambda: validation.parse(sent)) == (document if expected is None else expected)


@one_is_enough
def test_a_body_that_is_too_large_is_refused(api: Api) -> None:
    largest = b'{"mode": "off"}' + b" " * (1024 * 1024 - 15)
    assert api.send("PATCH", "/identity", content=largest, revision=1).status_code == 200
    response = api.send("PATCH", "/identity", content=largest + b" ", revision=1)
    assert (response.status_code, codes(response)) == (413, ["payload_too_large"])


@one_is_enough
def test_query_parameters_are_never_ignored(api: Api) -> None:
    for parameters in (
        "colour=blue",
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=",
        "limit=١",
        "after_revision=-1",
        "resource=",
    ):
        response = api.get(f"/activity?{parameters}")
        assert (response.status_code, codes(response)) == (400, ["parameter_invalid"]), parameters
    assert api.get("/activity?limit=1&limit=2").status_code == 400
    assert api.get("/activity", params={"resource": "x" * 301}).status_code == 400
    assert api.get("/activity", params={"resource": "x" * 300}).status_code == 200
    response = api.get("/help_centers/acme/configuration?record=a/b")
    assert (response.status_code, fields(response)) == (400, {"record"})


@one_is_enough
def test_a_fault_shows_no_internals(app: Flask, engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    with db.writing(engine) as connection:
        connection.exec_driver_sql("DROP TABLE tokens")
    response = Api(app).get("/identity", headers={"Authorization": "Bearer unknown"})
    assert (response.status_code, codes(response)) == (500, ["server_error"])
    assert "tokens" not in response.text
    assert response.headers["X-Request-Id"] in caplog.text
    assert "no such table: tokens" in caplog.text


@one_is_enough
def test_a_database_that_is_busy_is_worth_another_try(app: Flask, engine: Engine) -> None:
    with db.writing(engine), engine.connect() as other:
        # What waits for the lock must not wait as long as in earnest.
        other.exec_driver_sql("PRAGMA busy_timeout = 1")
        other.rollback()
        other.close()
        response = Api(app).patch("/identity", {"mode": "jwt"})
    assert (response.status_code, codes(response)) == (503, ["server_error"])
    assert response.headers["Retry-After"] == "1"
    assert Api(app).patch("/identity", {"mode": "jwt"}).status_code == 200


@one_is_enough
def test_what_is_neither_api_nor_page_does_not_exist(app: Flask) -> None:
    with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://workspace") as client:
        for path in ("/static/x", "/portal_admin", "/portal_admin/v1x", "/portal_admin/v2/identity"):
            response = client.get(path)
            assert response.status_code == 404
            assert response.json()["errors"][0]["code"] == "not_found"
            assert response.headers["X-Request-Id"] == response.json()["request_id"]


def test_every_answer_has_an_id_of_its_own(api: Api) -> None:
    ids = {api.get("/identity").headers["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3


def test_answers_are_plain_utf8(api: Api) -> None:
    api.patch("/data_attributes/company/plan_tier", {"description": "Größe – 大きさ 🎟"})
    content = api.get("/data_attributes/company/plan_tier").content
    assert "Größe – 大きさ 🎟".encode() in content
    assert json.loads(content)["values"]["description"] == "Größe – 大きさ 🎟"

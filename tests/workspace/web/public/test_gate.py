"""What every request passes: tokens, scopes, rate, version, sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.databases import one_is_enough
from tests.support.public.asking import ok, refused
from tests.support.sample import TOKEN, Sample
from workspace.database import engine as db
from workspace.identity import tokens as auth
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings
from workspace.web.rate_limit import per_window

if TYPE_CHECKING:
    from flask import Flask

    from tests.support.admin.client import Clock


@one_is_enough
@pytest.mark.parametrize("header", ["", "Bearer nonsense", "Basic abc", "Bearer"])
@pytest.mark.parametrize("path", ["/me", "/contacts/nobody", "/contacts/nobody/nowhere", "/tickets"])
def test_without_a_valid_token_nothing_is_told(api: httpx.Client, header: str, path: str) -> None:
    response = api.get(path, headers={"Authorization": header})
    refused(response, 401, "unauthorized", "Access Token Invalid")
    assert not [one for one in response.headers if one.lower().startswith("x-ratelimit")]


def test_a_token_may_be_allowed_to_read_only(api: httpx.Client, workspace: Sample) -> None:
    with db.writing(workspace.engine) as connection:
        token = auth.create(connection, "reader", "read", now=0)
    reader = {"Authorization": f"Bearer {token}"}
    everybody = {"query": {"field": "role", "operator": "=", "value": "user"}}
    assert ok(api.post("/contacts/search", json=everybody, headers=reader))["total_count"] > 0
    assert ok(api.post("/companies/list", headers=reader))["data"]
    for method, path in (("POST", "/contacts"), ("POST", "/tags"), ("DELETE", "/contacts/x"), ("PUT", "/companies/x")):
        refused(api.request(method, path, json={}, headers=reader), 403, "action_forbidden")


@pytest.mark.parametrize(("per_minute", "expected"), [(1000, 167), (10_000, 1667), (60, 10), (1, 1), (0, 1)])
def test_a_window_is_a_sixth_of_a_minute(per_minute: int, expected: int) -> None:
    assert per_window(per_minute) == expected


def test_requests_are_counted_by_token_and_window(workspace: Sample, clock: Clock) -> None:
    settings = Settings(
        engine=workspace.engine, embedded=EphemeralToken(TOKEN, "one"), clock=clock, requests_per_minute=18
    )
    with db.writing(workspace.engine) as connection:
        other = auth.create(connection, "other", "read", now=0)
    api = client(create_app(settings), TOKEN)
    remaining = [api.get("/me").headers["X-RateLimit-Remaining"] for _ in range(3)]
    assert remaining == ["2", "1", "0"]
    response = api.get("/me")
    refused(response, 429, "rate_limit_exceeded", "Exceeded rate limit of 3 in 10_seconds")
    assert response.headers["X-RateLimit-Limit"] == "3"
    assert int(response.headers["X-RateLimit-Reset"]) == int(clock().timestamp()) // 10 * 10 + 10
    assert ok(client(create_app(settings), other).get("/tags"))
    clock.forward(seconds=10)
    assert ok(api.get("/me"))


def client(app: Flask, token: str) -> httpx.Client:
    return httpx.Client(
        transport=httpx.WSGITransport(app), base_url="http://workspace", headers={"Authorization": f"Bearer {token}"}
    )


@one_is_enough
def test_versions_that_programs_name_are_answered_as_what_they_are(api: httpx.Client) -> None:
    assert api.get("/me").headers["Intercom-Version"] == "2.16"
    for version in ("2.9", "2.10", "2.12", "2.14", "2.15", "2.16"):
        response = api.get("/me", headers={"Intercom-Version": version})
        assert ok(response)
        assert response.headers["Intercom-Version"] == version
    for version in ("2.8", "2.17", "2.1", "3.0", "Preview", "Unstable", "nonsense", "", "2.16, 2.14"):
        refused(api.get("/me", headers={"Intercom-Version": version}), 400, "intercom_version_invalid")


@one_is_enough
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "parameter_invalid"),
        (b"[]", "parameter_invalid"),
        (b'{"email": "a@b.example", "email": "c@d.example"}', "parameter_invalid"),
        (b'{"email": "a@b.example", "avatar": "x"}', "parameter_invalid"),
        (b'{"email": 5}', "parameter_invalid"),
        (b'{"email": "no address"}', "parameter_invalid"),
        (b'{"name": "\\u0000", "role": "user"}', "parameter_invalid"),
        (b'{"role": "admin"}', "parameter_invalid"),
        (b'{"role": "user", "signed_up_at": -1}', "parameter_invalid"),
        (b'{"role": "user", "signed_up_at": 1e3}', "parameter_invalid"),
        (b"{}", "parameter_missing"),
        (b"", "parameter_missing"),
    ],
)
def test_a_body_is_read_strictly(api: httpx.Client, body: bytes, code: str) -> None:
    refused(api.post("/contacts", content=body), 400, code)


@one_is_enough
def test_a_body_has_a_largest_size(api: httpx.Client) -> None:
    refused(api.post("/contacts", content=b" " * (1024 * 1024 + 1)), 413, "payload_too_large")


def test_what_is_not_there(api: httpx.Client) -> None:
    refused(api.get("/contacts/nobody/nowhere"), 404, "not_found", "Resource Not Found")
    refused(api.get("/help_center/help_centers/%00"), 404, "not_found", "Resource Not Found")
    refused(api.get("/companies?name=%00"), 400, "parameter_invalid")
    response = api.delete("/contacts")
    refused(response, 405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) >= {"GET", "POST"}


@one_is_enough
@pytest.mark.parametrize("query", ["per_page=0", "per_page=151", "per_page=x", "page=0", "nonsense=1", "page=1&page=2"])
@pytest.mark.parametrize("path", ["/contacts", "/companies", "/help_center/help_centers"])
def test_parameters_are_read_strictly(api: httpx.Client, path: str, query: str) -> None:
    refused(api.get(f"{path}?{query}"), 400, "parameter_invalid")

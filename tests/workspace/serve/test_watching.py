"""What watches a server: its health, and its access log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import text

from tests.support.sample import sample
from tests.workspace.web.admin.test_serve import ADMIN, run, serving
from workspace.database import engine as db
from workspace.web.app import create_app
from workspace.web.app_config import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_the_access_log_has_a_line_for_each_request_and_no_secret(tmp_path: Path) -> None:
    with serving("--access-log", "access.log", folder=tmp_path) as server, httpx.Client(base_url=server.url) as http:
        key = {"Authorization": f"Bearer {ADMIN}"}
        assert http.get("/healthz").json() == {"status": "ok"}
        assert http.get("/readyz").json() == {"status": "ready"}
        answer = http.get("/contacts/a-person-id", params={"token": "query-secret"}, headers=key)
        http.post(
            "/messenger/ping", json={"intercom_user_jwt": "claims-secret"}, headers={"X-Forwarded-For": "9.9.9.9"}
        )
        http.get("/hc/acme/en/preview/link-secret", headers={"Cookie": "intercom-session-x=cookie-secret"})
        http.get("/somewhere/path-secret", headers={"Authorization": "Bearer wrong-secret"})
    written = (tmp_path / "access.log").read_text(encoding="ascii")
    assert "secret" not in written
    assert ADMIN not in written
    assert "a-person-id" not in written
    entries = [json.loads(line) for line in written.splitlines()]
    # The first ones are those by which the server found that it answers.
    entries = entries[-6:]
    assert [(one["method"], one["route"], one["status"]) for one in entries] == [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/contacts/<contact_id>", 404),
        ("POST", "/messenger/ping", 400),
        ("GET", "/hc/<name:help_center>/en/preview/<name:link>", 404),
        ("GET", None, 404),
    ]
    asked = entries[2]
    assert asked["request_id"] == answer.headers["X-Request-Id"]
    assert (asked["token"], asked["client"], asked["bytes"]) == ("administrator", "127.0.0.1", len(answer.content))
    assert {one["token"] for one in entries if one is not asked} == {None}
    assert all(one["ms"] >= 0 and one["at"].endswith("Z") for one in entries)


def test_an_access_log_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    done = run("serve", "--port", "0", "--access-log", "no/such/folder.log", folder=tmp_path)
    assert done.returncode == 1
    assert "cannot write the access log no/such/folder.log" in done.stderr


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_server_is_not_ready_where_its_database_is_not(kind: str) -> None:
    with sample(kind) as workspace:
        app = create_app(Settings(engine=workspace.engine))
        with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://workspace") as http:
            assert http.get("/readyz").status_code == 200
            with db.writing(workspace.engine) as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
            answer = http.get("/readyz")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            assert answer.json()["errors"][0]["code"] == "server_error"
            assert http.get("/healthz").status_code == 200
            assert http.post("/healthz").status_code == 405

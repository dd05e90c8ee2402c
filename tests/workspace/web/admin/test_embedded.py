"""A workspace inside the process: made on first use, found again later."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.admin.client import dump_file
from tests.support.contract import PREFIX, CheckedTransport
from tests.support.faults.child import at_once, killed_after
from workspace.core.errors import WorkspaceError
from workspace.identity import secrets
from workspace.serve.embedded import open_workspace
from workspace.web.app_config import CLOSE

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask


def client(app: Flask, token: str) -> httpx.Client:
    return httpx.Client(
        transport=CheckedTransport(httpx.WSGITransport(app)),
        base_url=f"http://workspace{PREFIX}",
        headers={"Authorization": f"Bearer {token}"},
    )


def configuration(app: Flask, token: str) -> dict[str, Any]:
    with client(app, token) as http:
        response = http.get("/help_centers/acme/configuration")
        assert response.status_code == 200
        by_name: dict[str, Any] = response.json()
        return by_name


def test_it_is_made_on_first_use_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "work" / ".portal" / "workspace.db"
    app, token = open_workspace(path, None, "ada")
    assert configuration(app, token)["help_center"]["identifier"] == "acme"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (path.parent / ".gitignore").read_text() == "*\n"
    with client(app, token) as http:
        assert http.get("/whoami").json() == {"name": "ada", "scopes": ["read", "write"]}


def test_it_is_found_again_as_it_was_left(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    app, token = open_workspace(path, None, "ada")
    before = configuration(app, token)
    with client(app, token) as http:
        revision = before["identity"]["revision"]
        mode = "off" if before["identity"]["values"]["mode"] != "off" else "jwt"
        assert http.patch("/identity", json={"mode": mode}, headers={"If-Match": f'"{revision}"'}).is_success
    again, newer = open_workspace(path, None, "eve")
    assert newer != token
    assert configuration(again, newer)["identity"] == {"revision": revision + 1, "values": {"mode": mode}}
    with client(again, token) as http:
        assert http.get("/whoami").status_code == 401
    assert token not in repr(dump_file(path))


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    open_workspace(tmp_path / "workspace.db", None, "ada")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert not (tmp_path / ".gitignore").exists()


def test_a_seed_that_is_none_leaves_nothing(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text("workspace: [\n")
    with pytest.raises(WorkspaceError):
        open_workspace(tmp_path / "workspace.db", seed, "ada")
    with pytest.raises(WorkspaceError):
        open_workspace(tmp_path / "workspace.db", tmp_path / "nope.yaml", "ada")
    app, token = open_workspace(tmp_path / "workspace.db", None, "ada")
    assert configuration(app, token)["revision"] == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(WorkspaceError, match="cannot make the folder"):
        open_workspace(tmp_path / "x" / "workspace.db", None, "ada")


def test_a_folder_where_a_file_is_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot make the folder"):
        open_workspace(tmp_path / "file" / "workspace.db", None, "ada")


@pytest.mark.parametrize("milliseconds", [10, 40, 80, 150, 250, 500])
def test_killed_while_it_is_made_it_is_made_the_next_time(tmp_path: Path, milliseconds: int) -> None:
    path = tmp_path / ".portal" / "workspace.db"
    killed_after(milliseconds / 1000, open_workspace, path, None, "ada")
    app, token = open_workspace(path, None, "ada")
    other, its = open_workspace(tmp_path / "other.db", None, "ada")
    actual, expected = configuration(app, token), configuration(other, its)
    # Each workspace draws the name of its own line of moments at random.
    assert {**actual, "moment": expected["moment"]} == expected
    made, wanted = dump_file(path), dump_file(tmp_path / "other.db")
    assert {name: len(rows) for name, rows in made.items()} == {name: len(rows) for name, rows in wanted.items()}


def test_it_is_made_with_its_secrets_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(secrets, "begin_with", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            open_workspace(tmp_path / "workspace.db", None, "ada")
    assert dump_file(tmp_path / "workspace.db")["workspaces"] == []
    open_workspace(tmp_path / "workspace.db", None, "ada")
    assert len(dump_file(tmp_path / "workspace.db")["identity_secrets"]) == 2


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_two_processes_that_open_it_at_once_make_it_once(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    assert at_once(3, open_workspace, path, None, "ada") == [0] * 3
    assert len(dump_file(path)["workspaces"]) == 1


def test_what_is_not_of_the_admin_api_is_there_when_it_is_asked_for(tmp_path: Path) -> None:
    app, token = open_workspace(tmp_path / "workspace.db", None, "ada")
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://embedded", headers=headers) as client:
        assert client.get("/portal_admin/v1/whoami").json()["name"] == "ada"
        assert client.get("/portal_admin/v1/nothing").status_code == 404
        assert client.get("/me").status_code == 200
        assert "<html" in client.get("/hc/acme/en/").text
        assert client.get("/admin/sign-in").status_code == 200
        assert client.get("/portal_admin/v1").status_code == 404
    app.extensions[CLOSE]()

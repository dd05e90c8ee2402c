"""The console of a workspace with an upstream, and people signed in to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tests.support.console.desk import HOST, Admin

if TYPE_CHECKING:
    from tests.support.upstream.stage import Stage


def signed_in(stage: Stage, name: str, scope: str = "write") -> Admin:
    """Return a browser that is signed in to the console of the stage."""
    with stage.admin() as http:
        token = http.post("/tokens", json={"name": name, "scope": scope})
        assert token.is_success, token.text
    admin = Admin(httpx.Client(transport=stage.transport(), base_url=HOST), HOST)
    answer = admin.http.post("/admin/sign-in", data={"token": token.json()["token"]}, headers={"Origin": HOST})
    assert answer.status_code == 303, answer.text
    return admin

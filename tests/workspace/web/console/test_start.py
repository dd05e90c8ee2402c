"""Where a newcomer begins: the start page of a workspace that is served for trying out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.admin.client import Clock
from tests.support.console.desk import ROOT
from tests.support.databases import copied
from tests.support.pages.stage import Stage
from tests.workspace.web.pages.conftest import furnish

if TYPE_CHECKING:
    from tests.support.console.desk import Desk


def test_the_root_of_a_workspace_to_try_out_is_a_start_page() -> None:
    with copied("sqlite", furnish) as engine:
        client = Stage(engine, Clock(), demo=True).visitor("http://127.0.0.1")
        page = client.get("/")
        assert page.status_code == 200
        for link in ("/hc/acme/en/", "/admin/", "/demo", "/messenger"):
            assert f'href="{link}"' in page.text
            assert client.get(link, follow_redirects=True).status_code == 200


def test_the_root_of_any_other_workspace_leads_to_its_help_center() -> None:
    with copied("sqlite", furnish) as engine:
        answer = Stage(engine, Clock()).visitor("http://127.0.0.1").get("/")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/hc/acme/en/")


def test_a_workspace_without_a_vendor_has_no_tasks(desk: Desk) -> None:
    mara = desk.admin()
    for place in ("tasks", "tasks/T1", "known"):
        assert mara.http.get(f"{ROOT}/{place}").status_code == 404

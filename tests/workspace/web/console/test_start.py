"""Where a newcomer begins: the start page of a workspace that is served for trying out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx

from reconciler.config import desired as config
from reconciler.config import validate as semantics
from reconciler.config.yaml import document as source
from reconciler.core.diagnostics import Severity
from reconciler.operations.plan import make_plan
from reconciler.target.rest import RestTarget
from tests.support.admin.client import TOKEN, Clock
from tests.support.console.desk import ROOT, forms
from tests.support.databases import copied
from tests.support.pages.stage import Stage
from tests.support.sample import ROOT as REPOSITORY
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


def test_the_pages_that_make_demo_ends_with_are_there() -> None:
    told = (REPOSITORY / "Makefile").read_text(encoding="utf-8").partition("\ndemo:")[2].partition("\n\n")[0]
    pages = re.findall(r"http://127\.0\.0\.1:8470(/\S*)", told)
    assert len(pages) == 3
    assert "$(BIN)/portal serve --db .portal/workspace.db --demo'" in told
    with copied("sqlite", furnish) as engine:
        client = Stage(engine, Clock(), demo=True).visitor("http://127.0.0.1")
        for page in pages:
            assert client.get(page, follow_redirects=True).status_code == 200, page


def test_the_root_of_any_other_workspace_leads_to_its_help_center() -> None:
    with copied("sqlite", furnish) as engine:
        answer = Stage(engine, Clock()).visitor("http://127.0.0.1").get("/")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/hc/acme/en/")


def test_home_gives_all_that_is_set_as_a_file(desk: Desk) -> None:
    desk.stage.set("homepage/acme", draft=desk.configuration()["homepage"]["live"])
    mara = desk.admin(scope="read")
    assert f'href="{ROOT}/portal.yaml"' in mara.get("home").text
    answer = mara.get("portal.yaml")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="portal.yaml"'
    parsed = source.parse(answer.text, "portal.yaml")
    assert [one for one in semantics.validate(parsed) if one.severity is Severity.ERROR] == []
    # What is set is what the file says: there is nothing to change.
    target = RestTarget("desk", "http://workspace.example", TOKEN, httpx.WSGITransport(app=desk.stage.app))
    assert make_plan(config.build(parsed), target, now=desk.stage.clock()).changes == ()


def test_somebody_is_viewed_from_home(desk: Desk) -> None:
    mara = desk.admin()
    assert f'action="{ROOT}/contacts"' in mara.get("home").text
    answer = mara.http.get(f"{ROOT}/contacts", params={"q": "ada"})
    (form,) = [one for one in forms(answer.text) if one.action == f"{ROOT}/contacts/ada/view"]
    assert mara.send(form).headers["Location"] == "/hc/acme/en/"


def test_a_workspace_without_a_vendor_has_no_tasks(desk: Desk) -> None:
    mara = desk.admin()
    for place in ("tasks", "tasks/T1", "known"):
        assert mara.http.get(f"{ROOT}/{place}").status_code == 404

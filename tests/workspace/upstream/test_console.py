"""The console of a workspace that a vendor is behind: it shows what is known, and changes no setting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.console.desk import HOST, ROOT, Admin
from tests.support.upstream.console import signed_in
from tests.support.upstream.vendor import TOKEN
from workspace.upstream import mirror, observing
from workspace.upstream.protocol import MirroredAttributes

if TYPE_CHECKING:
    from tests.support.upstream.stage import Stage

pytestmark = pytest.mark.slow


@pytest.fixture
def admin(stage: Stage) -> Admin:
    observing.look(stage.engine, stage.upstream())
    mirror.Mirror(stage.engine, stage.upstream()).refresh(MirroredAttributes(), int(stage.clock.now))
    return signed_in(stage, "Mara")


def test_it_shows_how_each_setting_is_known(admin: Admin) -> None:
    page = admin.get("known").text
    rows = {cells[1]: cells[0] for cells in re.findall(r"(<tr><td><code>([^<]+)</code>.*?</tr>)", page, re.DOTALL)}
    assert "observed" in rows["help_center.live"]
    assert "<code>false</code>" in rows["help_center.live"]
    assert "by Intercom" not in rows["help_center.live"]
    assert "by intercom, 1 Mar 2026, 12:00 UTC" in rows["help_center.live"]
    assert "unknown" in rows["audience"]
    assert "not known" in rows["audience"]
    assert "a person" in rows["audience"]
    assert "portal apply" in rows["data_attributes.company.plan_tier.type"]
    assert len(rows) > 20
    assert "complete" in page
    assert "100 people of 100" in page


def test_its_navigation_has_no_settings_to_change(admin: Admin) -> None:
    page = admin.get("home").text
    assert f'href="{ROOT}/known"' in page
    assert not re.search(r'href="[^"]*/(general|access|layout|look|messenger|data|help-center)"', page)
    for place in ("contacts", "companies", "activity", "applies", "tokens"):
        admin.get(place)


@pytest.mark.parametrize("place", ["general", "access", "help-center", "layout", "look", "messenger", "data"])
def test_a_settings_page_leads_to_what_is_known(admin: Admin, place: str) -> None:
    answer = admin.http.get(f"{ROOT}/{place}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ROOT}/known")


@pytest.mark.parametrize("place", ["general", "access", "visibility", "layout", "messenger/identity", "data", "site"])
def test_no_form_changes_a_setting(admin: Admin, stage: Stage, place: str) -> None:
    csrf = re.search(r'name="csrf" value="([^"]+)"', admin.get("known").text)
    assert csrf is not None
    before = stage.configuration()
    data = {"csrf": csrf[1], "enabled": "on", "revision": "1", "mode": "everyone"}
    answer = admin.http.post(f"{ROOT}/{place}", data=data, headers={"Origin": HOST})
    assert answer.status_code == 409
    assert "Settings are changed at the vendor" in answer.text
    assert stage.configuration()["workspace"] == before["workspace"]


def test_tokens_are_of_this_workspace_alone(admin: Admin) -> None:
    form = admin.form("tokens")
    form.set(name="ci", scope="read")
    answer = admin.send(form)
    assert answer.status_code == 200
    assert TOKEN not in answer.text

"""Contacts and companies, and looking at the pages as somebody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.console.desk import ROOT, forms, text
from tests.support.pages.stage import numbers
from workspace.identity import demo, viewings

if TYPE_CHECKING:
    import httpx

    from tests.support.console.desk import Admin, Desk

PORTAL = "/hc/acme/en/tickets-portal"


def test_a_person_is_found_and_shown_with_what_they_see(desk: Desk) -> None:
    mara = desk.admin()
    assert f'href="{ROOT}/contacts/ada"' in mara.get("contacts?q=ADA").text
    assert f'href="{ROOT}/contacts/bob"' not in mara.get("contacts?q=ADA").text
    said = text(mara.get("contacts/ada").text)
    assert "Can open it They see the tickets of their companies." in said
    assert "north inc" in said
    for shown in ("Printer on fire", "Invoice is wrong", "Shared task", "No company"):
        assert shown in said
    for hidden in ("Southern printer", "Hidden task", "Outage"):
        assert hidden not in said


def test_people_are_found_alike_whether_they_are_few_or_many(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    mara = desk.admin()
    monkeypatch.setattr(demo, "PER_PAGE", 2)
    pages = [f"contacts?q=x.EXAMPLE&page={number}" for number in (0, 1, 2, 3, 99)]
    few = [re.findall(rf'href="{ROOT}/contacts/([\w-]+)"', mara.get(page).text) for page in pages]
    assert few[1] == ["ada", "bob"]
    assert few[0] == few[1]
    counted = re.search(r"\d+ people", mara.get(pages[1]).text)
    monkeypatch.setattr(demo, "MANY", 4)
    many = [re.findall(rf'href="{ROOT}/contacts/([\w-]+)"', mara.get(page).text) for page in pages]
    # Beyond so many, somebody looks for more of a name.
    assert many == [*few[:3], few[2], few[2]]
    printed = mara.get(pages[1]).text
    assert "Page 1 of 2" in printed
    assert counted is not None
    assert counted[0] in printed
    # The archived one and the lead are no users.
    for nobody in ("gone", "lead"):
        assert f'href="{ROOT}/contacts/{nobody}"' not in mara.get(f"contacts?q={nobody}").text


def test_the_reason_why_somebody_cannot_open_the_portal_is_explained(desk: Desk) -> None:
    mara = desk.admin()
    rule = {"attribute": "company.name", "type": "text", "comparison": "eq", "value": "south inc"}
    desk.stage.set("audience/acme", mode="rule", rule=rule)
    said = text(mara.get("contacts/ada").text)
    assert "Cannot open it They do not match the access conditions" in said
    assert "With north inc does not hold Company name is south inc (is north inc)" in said
    assert "Can open it" in text(mara.get("contacts/cy").text)
    desk.stage.set("portal/acme", enabled=False)
    assert "They match the access conditions, but the portal is off" in text(mara.get("contacts/cy").text)
    desk.stage.set("portal/acme", enabled=True)
    desk.stage.set("help_center/acme", https=False)
    assert "but a required setting is not met" in text(mara.get("contacts/cy").text)


def test_a_company_is_shown_with_its_people(desk: Desk) -> None:
    mara = desk.admin()
    assert f'href="{ROOT}/companies/north"' in mara.get("companies?q=nOrTh").text
    said = text(mara.get("companies/north").text)
    assert "2 people" in said
    assert "south" not in said


def test_the_portal_is_viewed_as_a_person_and_nothing_can_be_changed(desk: Desk) -> None:
    mara = desk.admin()
    answer = _view(mara, "ada")
    assert answer.headers["Location"] == "/hc/acme/en/"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    entry = desk.newest()
    assert (entry["by"]["name"], entry["via"], entry["resource"]) == ("Mara", "console", "viewing/ada")
    page = mara.http.get(PORTAL).text
    assert sorted(numbers(page)) == [1, 2, 5, 7]
    assert "You look at this page as" in page
    ticket = mara.http.get(f"{PORTAL}/tickets/1").text
    assert "Your reply" not in ticket
    csrf = forms(ticket)[0].values["csrf"]
    reply = mara.http.post(
        f"{PORTAL}/tickets/1/reply", data={"csrf": csrf, "text": "Hello"}, headers={"Origin": mara.origin}
    )
    assert reply.status_code == 403
    assert "Hello" not in mara.http.get(f"{PORTAL}/tickets/1").text


def test_a_viewing_ends_by_itself_and_by_a_button(desk: Desk) -> None:
    mara = desk.admin()
    _view(mara, "ada")
    desk.stage.clock.forward(seconds=viewings.LIFETIME - 1)
    assert mara.http.get(PORTAL).status_code == 200
    desk.stage.clock.forward(seconds=1)
    # Nobody is signed in, as before.
    assert mara.http.get(PORTAL).status_code != 200
    _view(mara, "ada")
    stop = next(one for one in forms(mara.http.get(PORTAL).text) if one.action.endswith("/sign-out"))
    assert mara.send(stop).status_code == 303
    assert mara.http.get(PORTAL).status_code != 200
    mara.get("home")


def test_a_viewing_shows_what_the_person_would_see_and_no_more(desk: Desk) -> None:
    desk.stage.set("audience/acme", mode="nobody")
    mara = desk.admin()
    _view(mara, "ada")
    assert mara.http.get(PORTAL).status_code == 404
    assert "portal-card" not in mara.http.get("/hc/acme/en/").text


@pytest.mark.parametrize("cookie", ["", "x", "a" * 4000])
def test_a_made_up_viewing_shows_nothing(desk: Desk, cookie: str) -> None:
    nobody = desk.nobody()
    nobody.http.cookies.set(viewings.COOKIE, cookie)
    assert nobody.http.get(PORTAL).status_code != 200


def test_nobody_can_view_as_nobody(desk: Desk) -> None:
    mara = desk.admin()
    form = mara.form("contacts/ada", "contacts/ada/view")
    assert mara.send(form, f"{ROOT}/contacts/nobody/view").status_code == 404
    assert mara.http.get(f"{ROOT}/contacts/nobody").status_code == 404
    assert mara.http.get(f"{ROOT}/companies/nobody").status_code == 404


@pytest.mark.parametrize(
    "query", ["?q=%00", "?page=-1", "?page=999999999999", "?q=%25_", "?page=x", "?q=" + "a" * 5000]
)
def test_odd_searches_are_no_fault(desk: Desk, query: str) -> None:
    mara = desk.admin()
    mara.get(f"contacts{query}")
    mara.get(f"companies{query}")


def _view(admin: Admin, person: str) -> httpx.Response:
    answer = admin.send(admin.form(f"contacts/{person}", f"contacts/{person}/view"))
    assert answer.status_code == 303
    return answer

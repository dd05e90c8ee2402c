"""Who gets in to the console, for how long, and which forms count."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from tests.support.console.desk import HOST, PAGES, ROOT, Form, forms
from workspace.database import engine as db
from workspace.database import tables
from workspace.identity import console, tokens

if TYPE_CHECKING:
    from tests.support.console.desk import Desk


def test_a_page_leads_to_the_sign_in_page_and_back(desk: Desk) -> None:
    nobody = desk.nobody()
    answer = nobody.http.get(f"{ROOT}/access")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/sign-in?to={ROOT}/access")
    form = forms(nobody.http.get(answer.headers["Location"]).text)[0]
    form.set(token=desk.token("Mara"))
    answer = nobody.send(form)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ROOT}/access")
    assert "Mara" in nobody.get("access").text


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/admin//evil.example", "/admin/sign-in", "/x"]
)
def test_signing_in_leads_nowhere_else(desk: Desk, to: str) -> None:
    form = Form("/admin/sign-in").set(token=desk.token("Mara"), to=to)
    assert desk.nobody().send(form).headers["Location"] == "/admin/"


def test_the_cookie_stays_out_of_reach(desk: Desk) -> None:
    form = Form("/admin/sign-in").set(token=desk.token("Mara"))
    by_http = desk.nobody().send(form).headers["Set-Cookie"]
    by_https = desk.nobody("https://workspace.example").send(form).headers["Set-Cookie"]
    for cookie in (by_http, by_https):
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert "Path=/admin" in cookie
    assert "Secure" in by_https
    assert "Secure" not in by_http


@pytest.mark.parametrize("token", ["", "portal_wrong", "\x00", "é"])
def test_a_wrong_token_opens_nothing(desk: Desk, token: str) -> None:
    answer = desk.nobody().send(Form("/admin/sign-in").set(token=token))
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_a_session_ends_with_its_token(desk: Desk) -> None:
    mara = desk.admin()
    mara.get("home")
    with db.writing(desk.stage.engine) as connection:
        tokens.revoke(connection, "Mara", now=desk.stage.now())
    assert mara.http.get(f"{ROOT}/home").status_code == 303


def test_a_session_ends_with_a_token_that_is_over(desk: Desk) -> None:
    nobody = desk.nobody()
    form = Form("/admin/sign-in").set(token=desk.token("short", expires_at=desk.stage.now() + 600))
    assert nobody.send(form).status_code == 303
    desk.stage.clock.forward(seconds=599)
    nobody.get("home")
    desk.stage.clock.forward(seconds=1)
    assert nobody.http.get(f"{ROOT}/home").status_code == 303
    assert desk.nobody().send(form).status_code == 401


def test_a_session_that_nobody_uses_ends(desk: Desk) -> None:
    mara = desk.admin()
    desk.stage.clock.forward(seconds=console.IDLE - 1)
    mara.get("home")
    desk.stage.clock.forward(seconds=console.IDLE - 1)
    mara.get("home")
    desk.stage.clock.forward(seconds=console.IDLE)
    assert mara.http.get(f"{ROOT}/home").status_code == 303


def test_a_session_ends_in_any_case(desk: Desk) -> None:
    mara = desk.admin()
    for _ in range(console.LIFETIME // 1800 - 1):
        desk.stage.clock.forward(seconds=1800)
        mara.get("home")
    desk.stage.clock.forward(seconds=1800)
    assert mara.http.get(f"{ROOT}/home").status_code == 303


def test_signing_out_ends_the_session(desk: Desk) -> None:
    mara = desk.admin()
    cookie = mara.http.cookies["portal-console"]
    form = next(one for one in forms(mara.get("home").text) if one.action == "/admin/sign-out")
    assert mara.send(form).headers["Location"] == "/admin/sign-in"
    mara.http.cookies.set("portal-console", cookie, path="/admin")
    assert mara.http.get(f"{ROOT}/home").status_code == 303


def test_the_database_keeps_no_cookie(desk: Desk) -> None:
    mara = desk.admin()
    with db.reading(desk.stage.engine) as connection:
        rows = connection.execute(select(tables.console_sessions)).all()
    assert len(rows) == 1
    assert mara.http.cookies["portal-console"] not in str(rows)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": HOST + ".evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_of_another_site_is_refused(desk: Desk, headers: dict[str, str]) -> None:
    mara = desk.admin()
    before = desk.configuration()
    answer = mara.send(mara.form("general"), **headers)
    assert answer.status_code == 403
    assert desk.configuration() == before


def test_a_form_that_says_no_origin_is_refused(desk: Desk) -> None:
    mara = desk.admin()
    form = mara.form("general")
    assert mara.http.post(form.action, data=form.values).status_code == 403


@pytest.mark.parametrize("csrf", [None, "", "0" * 64, "ü"])
def test_a_form_without_the_sessions_token_is_refused(desk: Desk, csrf: str | None) -> None:
    mara = desk.admin()
    before = desk.configuration()
    assert mara.send(mara.form("general").set(csrf=csrf)).status_code == 403
    assert desk.configuration() == before


def test_a_form_of_another_session_is_refused(desk: Desk) -> None:
    mara, tobias = desk.admin(), desk.admin("Tobias")
    form = mara.form("general").set(csrf=tobias.form("general").values["csrf"])
    assert mara.send(form).status_code == 403


def test_a_token_that_may_read_sees_every_page_and_changes_nothing(desk: Desk) -> None:
    rita = desk.admin("Rita", "read")
    before = desk.configuration()
    tried = 0
    for page in PAGES:
        for form in forms(rita.get(page).text):
            if form.action == "/admin/sign-out" or "csrf" not in form.values:
                continue
            for button in ({}, {"do": "live"}, {"do": "revoke"}, {"do": "rotate"}, {"do": "remove"}):
                answer = rita.send(form.set(**button, reason="Trying"))
                assert answer.status_code == 403, (page, form.action)
                assert "may only read" in answer.text
                tried += 1
    assert tried > 40
    assert desk.configuration() == before


def test_every_page_has_its_headers(desk: Desk) -> None:
    mara = desk.admin()
    for page in (*(f"{ROOT}/{one}" for one in PAGES), "/admin/sign-in"):
        headers = mara.get(page).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Frame-Options"] == "DENY"


def test_nothing_under_the_console_is_shown_to_nobody(desk: Desk) -> None:
    nobody = desk.nobody()
    paths = {
        str(rule.rule).replace("<name:help_center>", "acme")
        for rule in desk.stage.app.url_map.iter_rules()
        if str(rule.rule).startswith("/admin/") and "GET" in (rule.methods or set())
    } - {"/admin/sign-in", "/admin/assets/<name:version>/<path:name>"}
    assert len(paths) >= len(PAGES)
    for path in paths:
        answer = nobody.http.get(re.sub(r"<[^>]*>", "companies", path.replace("<name:model>", "contact")))
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/admin/sign-in")


def test_what_is_not_there_is_said_in_a_page(desk: Desk) -> None:
    mara = desk.admin()
    for path in (f"{ROOT}/nothing", "/admin/hc/nobody/general", f"{ROOT}/data/contact/nothing"):
        answer = mara.http.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "Page not found" in answer.text

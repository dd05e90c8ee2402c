"""Who may not see something learns nothing about it: not from the body, not from the status, not from headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from tests.support.databases import one_is_enough
from workspace.database import engine as db
from workspace.database import tables

if TYPE_CHECKING:
    import httpx

    from tests.support.pages.stage import Stage

PORTAL = "/en/tickets-portal"
NOWHERE = "/en/there-is-nothing-here"
PATHS = (PORTAL, f"{PORTAL}/tickets/1", f"{PORTAL}/tickets/3", f"{PORTAL}?q=printer", "/hc/acme/en/tickets-portal")
TO_NOBODY = {"attribute": "email", "type": "text", "comparison": "eq", "value": "nobody"}

CLOSED: dict[str, dict[str, dict[str, Any]]] = {
    "not in the audience": {"audience/acme": {"mode": "rule", "rule": TO_NOBODY}},
    "nobody": {"audience/acme": {"mode": "nobody"}},
    "switched off": {"portal/acme": {"enabled": False}},
    "a required setting broke": {"help_center/acme": {"cookie_forwarding": False}},
    "a site fact broke": {"site": {"messenger_installed": False}},
    "companies may be claimed": {},
}


def told(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, answer.content, headers


def test_whoever_is_not_signed_in_is_asked_to_sign_in_whatever_there_is(stage: Stage) -> None:
    with stage.visitor() as client:
        answers = {path: client.get(path) for path in (*PATHS, f"{PORTAL}/tickets/999")}
        answers["post"] = client.post(f"{PORTAL}/tickets/1/reply", data={"text": "x"})
        for settings in CLOSED.values():
            for address, values in settings.items():
                stage.set(address, **values)
            answers[str(settings)] = client.get(PORTAL)
    homes = {(answer.status_code, answer.content, answer.headers["location"]) for answer in answers.values()}
    assert homes == {(302, b"", "/en/sign-in")}


@pytest.mark.parametrize("why", CLOSED)
def test_whoever_may_not_open_the_portal_finds_nothing(stage: Stage, why: str) -> None:
    with stage.signed_in("ada") as ada:
        assert 'id="portal-card"' in ada.get("/en/").text
        assert 'class="banner"' in ada.get("/messenger").text
        for address, values in CLOSED[why].items():
            stage.set(address, **values)
        if why == "companies may be claimed":
            answer = stage.api.patch("/data_attributes/contact/companies", {"messenger_writable": True})
            assert answer.status_code == 200
        nothing = told(ada.get(NOWHERE))
        assert nothing[0] == 404
        for path in PATHS:
            if not path.startswith("/hc/"):
                assert told(ada.get(path)) == nothing
        assert told(ada.get("/hc/acme/en/tickets-portal")) == told(ada.get("/hc/acme/en/nothing"))
        posted = ada.post(f"{PORTAL}/tickets/1/reply", data={"text": "x"})
        assert told(posted) == nothing
        home = ada.get("/en/")
        assert home.status_code == 200
        assert "tickets" not in home.text.lower()
        messenger = ada.get("/messenger").text
        assert "tickets-portal" not in messenger
        assert 'class="banner"' not in messenger


def test_tickets_that_are_not_for_somebody_do_not_exist(stage: Stage) -> None:
    with stage.signed_in("ada") as ada:
        nothing = told(ada.get(f"{PORTAL}/tickets/999"))
        assert nothing == told(ada.get(NOWHERE))
        for number in (3, 4, 6, 0, 2**31 - 1, 2**31, 10**30):
            assert told(ada.get(f"{PORTAL}/tickets/{number}")) == nothing
            assert told(ada.post(f"{PORTAL}/tickets/{number}/reply", data={"text": "x"})) == nothing
        for strange in ("-1", "1.0", "1/", "x", "%00", "1%00", "t-1", "1;2"):
            assert ada.get(f"{PORTAL}/tickets/{strange}").status_code == 404


def test_unknown_pages_look_the_same_to_everybody(stage: Stage) -> None:
    with stage.signed_in("ada") as ada, stage.visitor() as anybody:
        assert told(ada.get(NOWHERE)) == told(anybody.get(NOWHERE))


def test_a_help_center_that_is_not_live_does_not_exist(stage: Stage) -> None:
    stage.set("help_center/acme", live=False)
    with stage.signed_in("ada") as ada:
        for path in ("/en/", "/en/search?q=x", "/en/collections/x", "/en/articles/x", PORTAL):
            assert told(ada.get(path)) == told(ada.get(NOWHERE))


def test_where_no_live_help_center_is_required_url_and_banner_lead_in(stage: Stage) -> None:
    with db.writing(stage.engine) as connection:
        connection.execute(update(tables.workspaces).values(required_settings_profile="2024-hmac"))
    stage.set("identity", mode="hmac")
    stage.set("help_center/acme", live=False)
    with stage.signed_in("ada", kind="hmac") as ada:
        assert ada.get("/en/").status_code == 404
        assert ada.get(PORTAL).status_code == 200
        assert ada.get(f"{PORTAL}/tickets/1").status_code == 200
        assert 'class="banner"' in ada.get("/messenger").text
        asked = {"people": ["u-ada"]}
        (person,) = stage.api.send("POST", "/help_centers/acme/access/check", json=asked).json()["results"]
    assert person["can"] == {"open_portal": True, "see_card": False, "see_company_tickets": True}


def test_other_methods(stage: Stage) -> None:
    with stage.signed_in("ada") as ada:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "POST"):
            assert ada.request(method, PORTAL).status_code == 405
        head = ada.head(PORTAL)
        assert head.status_code == 200
        assert head.content == b""


@one_is_enough
def test_every_page_is_guarded(stage: Stage) -> None:
    with stage.signed_in("ada") as ada:
        for path in ("/en/", PORTAL, f"{PORTAL}/tickets/1", "/messenger", NOWHERE, "/en/search?q=x"):
            headers = ada.get(path).headers
            policy = headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; ")
            assert "unsafe" not in policy
            assert "script-src 'self'; " in policy
            assert headers["cache-control"] == "no-store"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "same-origin"
        style = ada.get("/en/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
        answer = ada.get(style)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/css")
        assert "immutable" in answer.headers["cache-control"]
        assert ada.get("/assets/0000/style.css").status_code == 404
        assert ada.get("/assets/0000/style.css").headers["cache-control"] == "no-store"


def test_the_page_that_asks_to_sign_in_gives_nothing_away(stage: Stage) -> None:
    with stage.visitor() as client:
        page = client.get("/en/sign-in")
        assert page.status_code == 200
        assert "Sign in to see your tickets" in page.text
        for settings in CLOSED.values():
            for address, values in settings.items():
                if address != "help_center/acme":
                    stage.set(address, **values)
        assert client.get("/en/sign-in").text == page.text
    with stage.signed_in("ada") as ada:
        assert "Sign in to see your tickets" in ada.get("/en/sign-in").text


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/nothing", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("/portal_admin/v1/nothing", "text/html,*/*;q=0.8", "text/html"),
        ("/nothing", "*/*", "application/json"),
        ("/portal_admin/v1/whoami", "application/json", "application/json"),
        ("/en/nothing", "text/html", "text/html"),
        ("/en/nothing", "*/*", "text/html"),
        ("/en/nothing", "application/json", "application/json"),
    ],
)
def test_a_browser_reads_a_page_and_a_program_a_document(stage: Stage, path: str, accept: str, kind: str) -> None:
    with stage.visitor() as client:
        answer = client.get(path, headers={"Accept": accept})
        assert answer.status_code in {401, 404}
        assert answer.headers["Content-Type"].partition(";")[0] == kind
        assert ("Content-Security-Policy" in answer.headers) is (kind == "text/html" or path.startswith("/en/"))

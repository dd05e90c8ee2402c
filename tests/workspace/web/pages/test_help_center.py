"""The homepage, what it says, the preview of its draft; and the Messenger; and the sample application."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tests.support import sample
from tests.support.admin.client import TOKEN, Clock
from tests.support.databases import copied, one_is_enough
from tests.support.pages.stage import Stage, csrf
from workspace.database import engine as db
from workspace.database import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

CARD = 'id="portal-card"'
BANNER = 'class="banner"'


@pytest.fixture
def example(database_kind: str) -> Iterator[Stage]:
    """The example workspace, with a live Help Center."""
    with copied(database_kind, sample.fill) as engine:
        workspace = Stage(engine, Clock())
        workspace.set("help_center/acme", live=True, custom_domain="help.acme.example", https=True)
        yield workspace


def section(kind: str, *, enabled: bool = True, **settings: Any) -> dict[str, Any]:
    return {"type": kind, "enabled": enabled, "settings": settings}


def order(page: str) -> list[str]:
    """Return what stands on a homepage, from top to bottom."""
    return re.findall(r'id="(portal-card|collections|featured|announcements|words|elsewhere|q)"', page)


def test_sections_stand_in_the_live_order_with_their_settings(example: Stage) -> None:
    with example.visitor() as client:
        assert order(client.get("/en/").text) == ["q", "collections", "featured", "announcements"]
        page = client.get("/en/").text
        for text in ('placeholder="How can we help?"', "Popular this month", "columns-3", "Plan your first route"):
            assert text in page
        assert "Time windows with a break" in page
        assert "Deleting old routes" not in page
        live = [
            section("announcements", limit=1, title="Fresh"),
            section("collections", enabled=False),
            section("something_new", anything=1),
            section("text_content", title="Hello", body="<b>you</b>"),
            section(
                "external_links", links=[{"label": "Status", "url": "https://status.example"}, {"url": "javascript:x"}]
            ),
            section("search"),
        ]
        example.set("homepage/acme", live=live)
        page = client.get("/en/").text
        assert order(page) == ["announcements", "words", "elsewhere", "q"]
        assert "Fresh" in page
        assert "Quicker uploads" not in page
        assert "&lt;b&gt;you" in page
        assert 'href="https://status.example"' in page
        assert "javascript" not in page


@one_is_enough
@pytest.mark.parametrize(
    "settings",
    [
        {"title": 1, "placeholder": [], "columns": "3", "limit": True, "links": {}, "text": None},
        {"title": "", "columns": 99, "limit": -1, "links": [1, {"url": 2}, {"url": "http://[x"}], "text": {}},
        {"columns": 10**30, "limit": 10**30, "links": "x", "show_dates": "yes", "description": 4},
    ],
)
def test_settings_of_sections_may_be_anything(example: Stage, settings: dict[str, Any]) -> None:
    kinds = (
        "search",
        "tickets_portal",
        "collections",
        "featured_content",
        "announcements",
        "text_content",
        "external_links",
    )
    example.set("homepage/acme", live=[section(kind, **settings) for kind in kinds])
    with example.visitor() as client:
        assert client.get("/en/").status_code == 200


def test_articles_are_found_and_read(example: Stage) -> None:
    with example.visitor() as client:
        collection = client.get(_link(client.get("/en/"), "First steps"))
        assert "Invite your colleagues" in collection.text
        article = client.get(_link(collection, "Plan your first route"))
        assert "<li>Choose the day and the depot.</li>" in article.text
        printed = client.get("/en/search", params={"q": "Time WINDOW"}).text
        titles = re.findall(r'/articles/\w+">([^<]+)<', printed)
        assert titles[:2] == ["Give a stop a time window", "Time windows with a break"]
        assert "No articles found" in client.get("/en/search", params={"q": "unheard of"}).text
        for query in ("", " ", "\0", "%", "<script>", "x" * 5000):
            answer = client.get("/en/search", params={"q": query})
            assert answer.status_code == 200
            assert "<script>" not in answer.text
        for path in ("/en/articles/none", "/en/collections/none", "/en/articles/%00"):
            assert client.get(path).status_code == 404


def _link(answer: httpx.Response, text: str) -> str:
    match = re.search(rf'href="([^"]+)"[^>]*>\s*(?:<h3>)?{text}<', answer.text)
    assert match, answer.text
    return match[1]


# --- where a Help Center is found ---


def test_both_ways_to_a_help_center(stage: Stage) -> None:
    for host, home in (
        ("http://help.acme.example", "/en/"),
        ("https://HELP.acme.example:8443", "/en/"),
        ("http://127.0.0.1:8470", "/hc/acme/en/"),
    ):
        with stage.visitor(host) as client:
            for path in ("/", "/hc/acme", "/hc/acme/"):
                answer = client.get(path, follow_redirects=True)
                assert answer.status_code == 200
                assert str(answer.url).endswith(home)
            assert client.get("/hc/acme/en/").status_code == 200
            assert client.get("/hc/other/en/").status_code == 404
            # Wherever a request says that it came from: the way back names no scheme and no host.
            for path in ("/hc/acme", "/hc/acme/en?a=b"):
                answer = client.get(path, headers={"Host": "evil.example"})
                assert answer.headers["location"] == path.replace("?a=b", "") + "/" + ("?a=b" if "?" in path else "")
    with stage.visitor("http://elsewhere.example") as client:
        assert client.get("/en/").status_code == 404
        assert client.get("/en/tickets-portal").status_code == 404


def test_the_url_that_the_admin_api_tells_is_the_way_in(stage: Stage) -> None:
    url = stage.api.get("/help_centers/acme/portal").json()["url"]
    with stage.signed_in("ada") as ada:
        assert ada.get(url).status_code == 200
    stage.set("help_center/acme", custom_domain=None)
    assert (
        stage.api.get("/help_centers/acme/portal").json()["url"] == "https://acme.helpcenter.example/en/tickets-portal"
    )
    with stage.visitor("https://acme.helpcenter.example") as client:
        assert client.get("/en/").status_code == 200


# --- drafts ---


def test_a_draft_is_for_admins_only(stage: Stage) -> None:
    stage.set("homepage/acme", draft=[section("text_content", title="Draft words", text="not yet")])
    with stage.visitor() as client, stage.signed_in("ada") as ada:
        for anybody in (client, ada):
            assert "Draft words" not in anybody.get("/en/").text
            assert anybody.get("/en/preview").status_code == 401
            assert anybody.get("/en/preview", headers={"Authorization": "Bearer nonsense"}).status_code == 401
            assert anybody.get("/en/preview/" + "x" * 43).status_code == 404
        answer = client.get("/en/preview", headers={"Authorization": f"Bearer {TOKEN}"})
        assert "Draft words" in answer.text
        assert "It is not live" in answer.text


def test_a_link_shows_a_draft_once(stage: Stage) -> None:
    stage.set(
        "homepage/acme", draft=[section("text_content", title="Draft words", text="x"), section("tickets_portal")]
    )

    def link() -> str:
        made = stage.api.send("POST", "/help_centers/acme/homepage/preview")
        assert made.status_code == 201, made.text
        return str(made.json()["path"])

    with stage.visitor() as client:
        path = link()
        assert client.head(path).status_code == 404
        shown = client.get(path)
        assert "Draft words" in shown.text
        assert CARD in shown.text
        assert client.get(path).status_code == 404
        late = link()
        stage.clock.forward(minutes=15)
        assert client.get(late).status_code == 404
    assert stage.api.send("POST", "/help_centers/none/homepage/preview").status_code == 404


# --- the card and the banner ---


def test_the_card_is_for_those_who_may_open_the_portal(stage: Stage) -> None:
    with stage.visitor() as client, stage.signed_in("ada") as ada:
        assert CARD not in client.get("/en/").text
        assert CARD in ada.get("/en/").text
        stage.set("homepage/acme", live=[section("tickets_portal", enabled=False)])
        assert CARD not in ada.get("/en/").text
        assert ada.get("/en/tickets-portal").status_code == 200


def test_the_tickets_space(stage: Stage) -> None:
    with stage.visitor() as client, stage.signed_in("ada") as ada, stage.signed_in("lone") as lone:
        nothing = client.get("/messenger").text
        assert "There is nothing here." in nothing
        page = ada.get("/messenger").text
        assert 'href="/en/tickets-portal"' in page
        assert re.findall(r"#(\d+),", page) == ["7", "1"]
        assert BANNER in lone.get("/messenger").text
        stage.set("portal/acme", enabled=False)
        page = ada.get("/messenger").text
        assert BANNER not in page
        assert "tickets-portal" not in page
        assert "Printer on fire" in page
        assert lone.get("/messenger").text == nothing
        stage.set("portal/acme", enabled=True)
        stage.set("messenger_spaces", tickets=False)
        assert ada.get("/messenger").text == nothing


# --- the sample application ---


@one_is_enough
@pytest.mark.parametrize("path", ["/demo", "/demo/sign-in", "/demo/sign-out"])
def test_without_the_flag_there_is_no_sample_application(stage: Stage, path: str) -> None:
    with stage.visitor() as client:
        assert client.get(path).status_code == 404
        assert client.post(path, data={"person": "ada"}).status_code == 404


@one_is_enough
def test_who_has_not_signed_in_is_led_to_the_web_application(stage: Stage) -> None:
    def led_to(**settings: Any) -> list[str]:
        with Stage(stage.engine, stage.clock, **settings).visitor() as client:
            return re.findall(r'class="button" href="([^"]*)"', client.get("/en/sign-in").text)

    own = "https://app.acme.example/sign-in?next=tickets&from=help"
    assert led_to() == []
    assert led_to(demo=True) == ["/demo"]
    assert led_to(demo=True, web_app=own) == [own.replace("&", "&amp;")]


@pytest.mark.parametrize("mode", ["jwt", "hmac"])
def test_the_sample_application_signs_people_in(stage: Stage, mode: str) -> None:
    stage.set("identity", mode=mode)
    demo = Stage(stage.engine, stage.clock, demo=True)
    with demo.visitor() as client:
        page = client.get("/demo", params={"q": "ADA"}).text
        assert re.findall(r'name="person" value="(\w+)"', page) == ["ada"]
        answer = client.post("/demo/sign-in", data={"person": "ada"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/demo")
        assert "Signed in as Ada" in client.get("/demo").text
        client.post("/demo/sign-in", data={"person": "bob"})
        assert "Signed in as Bob" in client.get("/demo").text
        (entry,) = stage.api.activity()
        assert entry["activity_type"] == "messenger_api_secret_creation"
        assert entry["by"]["name"] == "portal serve --demo"
        client.post("/demo/sign-out")
        assert "Signed in" not in client.get("/demo").text
        assert client.post("/demo/sign-in", data={"person": "ada"}, headers={"Origin": "http://x"}).status_code == 403
        for person in ("lead", "gone", "nobody", "two-1"):
            refused = client.post("/demo/sign-in", data={"person": person})
            assert refused.status_code == 409
            assert "set-cookie" not in refused.headers
        for person in ("", "\0"):
            assert client.post("/demo/sign-in", data={"person": person}).status_code == 404


def test_the_sample_application_cannot_sign_in_where_nothing_is_enforced(stage: Stage) -> None:
    stage.set("identity", mode="off")
    demo = Stage(stage.engine, stage.clock, demo=True)
    with demo.visitor() as client:
        assert "enforces no identity" in client.get("/demo").text
        assert client.post("/demo/sign-in", data={"person": "ada"}).status_code == 409
    with db.reading(stage.engine) as connection:
        assert connection.execute(select(tables.identity_secrets)).all() == []


def test_signing_out_on_a_page_needs_its_form(stage: Stage) -> None:
    with stage.signed_in("ada") as ada:
        token = csrf(ada.get("/en/").text)
        assert ada.post("/en/sign-out", data={"csrf": token[::-1]}).status_code == 403
        assert "Ada" in ada.get("/en/").text

"""The pages in a real browser, narrow and wide: all three ways in, for people who get in and people who do not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.examples import by_night
from tests.support.pages.browser import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

PORTAL = "/hc/acme/en/tickets-portal"
WIDTHS = {"wide": 1280, "narrow": 360}


@pytest.fixture(scope="module")
def url(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("browser")) as server:
        yield server


@pytest.fixture(params=[pytest.param("wide", marks=by_night), "narrow"])
def page(request: pytest.FixtureRequest, browser: Browser, url: str) -> Iterator[Page]:
    """A browser without scripts, as wide as asked; it may talk to the workspace only."""
    context = browser.new_context(
        viewport={"width": WIDTHS[request.param], "height": 800}, base_url=url, java_script_enabled=False
    )
    tab = context.new_page()
    foreign: list[str] = []
    complaints: list[str] = []
    tab.on("request", lambda one: None if one.url.startswith(url) else foreign.append(one.url))
    tab.on("console", lambda one: complaints.append(one.text) if "Content Security Policy" in one.text else None)
    yield tab
    context.close()
    assert foreign == []
    assert complaints == []


def follow(page: Page, link: Locator) -> None:
    """Click, and wait for the page that it leads to: what is asked next must be asked of that page."""
    with page.expect_navigation():
        link.click()


def sign_in(page: Page, name: str) -> None:
    page.goto("/demo")
    page.get_by_role("searchbox").fill(name)
    follow(page, page.get_by_role("button", name="Search"))
    follow(page, page.get_by_role("button", name=f"Sign in as {name}"))
    assert page.get_by_role("heading", name=f"Signed in as {name}").is_visible()


def fits(page: Page) -> bool:
    """Return whether nothing is wider than the window."""
    box = page.locator("body").bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    widest = page.locator("main, header, footer, table, form, section").all()
    edges = [one["x"] + one["width"] for element in widest if (one := element.bounding_box())]
    return max(edges) <= size["width"] + 1


def test_the_card_the_banner_and_the_url_lead_into_the_portal(page: Page) -> None:
    sign_in(page, "Ada Okafor")
    follow(page, page.get_by_role("link", name="Acme Help Center"))
    assert fits(page)
    follow(page, page.get_by_role("region", name="Tickets portal").get_by_role("link"))
    assert page.get_by_role("heading", name="Tickets", exact=True).is_visible()
    by_card = page.locator("td.number").all_inner_texts()
    assert len(by_card) == 18
    assert fits(page)
    page.goto("/messenger")
    follow(page, page.get_by_role("link", name="See all tickets in the tickets portal"))
    assert page.locator("td.number").all_inner_texts() == by_card
    page.goto(PORTAL)
    assert page.locator("td.number").all_inner_texts() == by_card


def test_a_question_is_found_read_and_answered(page: Page) -> None:
    sign_in(page, "Tomás Herrera")
    page.goto(PORTAL)
    page.get_by_role("searchbox").fill("reverse charge")
    follow(page, page.get_by_role("button", name="Search"))
    follow(page, page.get_by_role("link", name="Invoice 1987"))
    assert page.get_by_text("invoice 1987 was issued again").is_visible()
    assert fits(page)
    text = f"Thank you, at {page.viewport_size}."
    page.get_by_label("Your reply").fill(text)
    follow(page, page.get_by_role("button", name="Send reply"))
    assert page.get_by_text(text).is_visible()


def test_filters_and_columns(page: Page) -> None:
    sign_in(page, "Ada Okafor")
    page.goto(PORTAL)
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Type").select_option("Question")
    follow(page, page.get_by_role("button", name="Apply filters"))
    assert set(page.locator("td.type").all_inner_texts()) == {"Question"}
    by_number(page, "Number, highest first")
    entries = [int(one.lstrip("#")) for one in page.locator("td.number").all_inner_texts()]
    assert entries == sorted(entries, reverse=True)
    by_number(page, "Number, lowest first")
    assert [int(one.lstrip("#")) for one in page.locator("td.number").all_inner_texts()] == sorted(entries)


def by_number(page: Page, choice: str) -> None:
    """Sort by number: with a click on its column where there are columns, else by choosing."""
    column = page.get_by_role("link", name="Number")
    if column.is_visible():
        follow(page, column)
        return
    page.get_by_label("Sort by").select_option(choice)
    follow(page, page.get_by_role("button", name="Sort", exact=True))


def test_with_a_script_times_are_those_of_the_visitor_and_a_choice_sorts_at_once(browser: Browser, url: str) -> None:
    context = browser.new_context(
        viewport={"width": WIDTHS["narrow"], "height": 800}, base_url=url, timezone_id="Asia/Kathmandu"
    )
    page = context.new_page()
    sign_in(page, "Ada Okafor")
    page.goto(f"{PORTAL}/tickets/4166")
    for one in page.locator("time").all():
        moment = datetime.strptime(one.get_attribute("datetime") or "", "%Y-%m-%dT%H:%M:%S%z")
        there = moment + timedelta(hours=5, minutes=45)
        assert one.inner_text() == f"{there.day} {there:%b %Y, %H:%M}"
        assert f"{there.year}" in (one.get_attribute("title") or "")
    page.goto(f"{PORTAL}?type=Question")
    with page.expect_navigation():
        page.get_by_label("Sort by").select_option("Number, lowest first")
    entries = [int(one.lstrip("#")) for one in page.locator("td.number").all_inner_texts()]
    assert entries == sorted(entries)
    assert set(page.locator("td.type").all_inner_texts()) == {"Question"}
    context.close()


def test_a_page_that_is_not_there_and_the_messenger_lead_back(page: Page) -> None:
    page.goto("/hc/acme/en/nowhere")
    assert page.get_by_role("heading", name="Page not found").is_visible()
    follow(page, page.get_by_role("banner").get_by_role("link", name="Acme Help Center"))
    assert page.url.endswith("/hc/acme/en/")
    page.goto("/messenger")
    assert fits(page)
    follow(page, page.get_by_role("link", name="Back to Acme Help Center"))
    assert page.url.endswith("/hc/acme/en/")


def test_on_paper_there_is_what_is_to_be_read(browser: Browser, url: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=url, color_scheme="dark")
    page = context.new_page()
    sign_in(page, "Ada Okafor")
    page.goto(f"{PORTAL}/tickets/4166")
    page.emulate_media(media="print")
    assert page.get_by_role("heading", level=1).is_visible()
    assert not page.get_by_role("button", name="Sign out").is_visible()
    assert not page.get_by_label("Your reply").is_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    page.goto(PORTAL)
    assert page.get_by_role("columnheader", name="Title").is_visible()
    assert not page.get_by_role("searchbox").is_visible()
    context.close()


def test_others_see_no_card_and_no_banner_and_find_nothing(page: Page) -> None:
    sign_in(page, "Aiko Suzuki")
    page.goto("/hc/acme/en/")
    assert page.get_by_role("region", name="Tickets portal").count() == 0
    page.goto("/messenger")
    assert page.get_by_role("link", name="tickets portal").count() == 0
    page.goto(PORTAL)
    assert page.get_by_role("heading", name="Page not found").is_visible()


def test_signing_out_closes_the_portal(page: Page) -> None:
    sign_in(page, "Ada Okafor")
    page.goto(PORTAL)
    follow(page, page.get_by_role("button", name="Sign out"))
    page.goto(PORTAL)
    assert page.url.endswith("/hc/acme/en/sign-in")
    assert page.get_by_text("Ada Okafor").count() == 0


def test_the_keyboard_reaches_the_content(page: Page) -> None:
    page.goto("/hc/acme/en/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    box = skip.bounding_box()
    assert box is not None
    assert box["y"] >= 0


@pytest.mark.parametrize(("width", "scheme"), [("wide", "light"), pytest.param("narrow", "dark", marks=by_night)])
def test_nothing_keeps_people_out(browser: Browser, url: str, width: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    context = browser.new_context(
        viewport={"width": WIDTHS[width], "height": 800},
        base_url=url,
        color_scheme="dark" if scheme == "dark" else "light",
        # The checker is a script, and the pages allow none.
        bypass_csp=True,
    )
    page = context.new_page()
    sign_in(page, "Ada Okafor")
    ticket = f"{PORTAL}/tickets/4166"
    search = f"{PORTAL}?q=route&type=Question&sort=title"
    for path in ("/demo", "/hc/acme/en/", PORTAL, search, ticket, "/messenger", "/hc/acme/en/search?q=route", "/en/x"):
        page.goto(path)
        outcome = axe.run(page)
        assert outcome.violations_count == 0, f"{path}: {outcome.generate_report()}"
    page.goto("/hc/acme/en/search?q=route")
    follow(page, page.locator(".found a").first)
    assert axe.run(page).violations_count == 0
    context.close()

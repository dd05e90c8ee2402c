"""An administrator sets up the tickets portal by hand, in a real browser: wide and narrow, with scripts and without."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.examples import by_night, has_turn
from tests.support.pages.browser import ADMIN, PORTAL, apply, serving
from tests.support.sample import ROOT as REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Locator, Page

EXAMPLE = REPOSITORY / "examples" / "portal.yaml"
ROOT = "/admin/hc/acme"
WAYS = {
    "wide": (1280, True),
    "narrow": (390, True),
    "wide without scripts": (1280, False),
    "narrow without scripts": (390, False),
}
EACH = [pytest.param(way, marks=[by_night] * (way != "wide")) for way in WAYS]
"""The way of most people in every run, and each other one by night."""
PAGES = (
    *("home", "general", "access", "help-center", "layout", "look", "messenger", "data", "data/contact/companies"),
    *("contacts", "companies", "activity", "applies", "applies/r1", "tokens"),
)


@pytest.fixture(scope="module")
def url(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A workspace whose portal was made live from a file."""
    with serving(tmp_path_factory.mktemp("console")) as server:
        yield server


@pytest.mark.parametrize("way", EACH)
def test_the_seed_is_followed_word_by_word(browser: Browser, tmp_path: Path, way: str) -> None:
    width, scripts = WAYS[way]
    with serving(tmp_path, applied=False) as url:
        context = _context(browser, url, width, scripts=scripts)
        page = context.new_page()
        complaints = _complaints(page)
        _sign_in(page)
        _required_settings(page)
        _access_conditions(page, scripts=scripts)
        _enable(page)
        _card(page, scripts=scripts)
        _tickets_space(page)
        _customer(page)
        assert complaints == []
        context.close()
        _file_says_the_same(tmp_path, url)


def _required_settings(page: Page) -> None:
    """Toggle “Enable the tickets portal”, read the error, and do what it says."""
    page.goto(f"{ROOT}/general")
    follow(page, page.get_by_role("switch", name="Enable the tickets portal"))
    error = page.get_by_role("alert")
    assert "The tickets portal cannot be enabled yet" in error.inner_text()
    assert error.get_by_role("link").count() == 6
    assert page.get_by_role("switch").get_attribute("aria-checked") == "false"
    follow(page, error.get_by_role("link").first)
    page.get_by_label("Live: anybody can read").check()
    page.get_by_label("Custom domain", exact=True).fill("help.acme.example")
    page.get_by_label("Serve the custom domain over HTTPS").check()
    page.get_by_label("On", exact=True).check()
    follow(page, page.get_by_role("button", name="Save").first)
    assert page.get_by_role("status").get_by_text("Saved.").is_visible()
    page.goto(f"{ROOT}/messenger")
    page.get_by_label("Signed tokens (JWT)").check()
    follow(page, page.get_by_role("button", name="Save identity verification"))
    page.goto(f"{ROOT}/data")
    follow(page, page.get_by_role("link", name="companies", exact=True))
    page.get_by_label("Prevent updates via the Messenger").check()
    follow(page, page.get_by_role("button", name="Save"))


def _access_conditions(page: Page, *, scripts: bool) -> None:
    """Click + Add access conditions: Email contains examply.com."""
    page.goto(f"{ROOT}/access")
    press(page, page.get_by_role("button", name="+ Add access conditions"), scripts=scripts)
    page.get_by_label("Attribute of condition 0").first.select_option("Email")
    page.get_by_label("Comparison of condition 0").first.select_option("contains")
    page.get_by_label("Value of condition 0").fill("examply.com")
    if not scripts:
        follow(page, page.locator("button.nojs", has_text="Preview"))
    preview = page.get_by_role("complementary", name="Preview")
    preview.get_by_text(re.compile("gain access")).filter(has_not_text="0 gain").wait_for()
    assert int(preview.locator(".number").inner_text()) > 10
    assert preview.get_by_text("ada@examply.com").first.is_visible()
    follow(page, page.locator("#audience-form").get_by_role("button", name="Save"))
    assert page.get_by_text("Saved who may open the portal.").is_visible()
    assert fits(page)


def _enable(page: Page) -> None:
    page.goto(f"{ROOT}/general")
    follow(page, page.get_by_role("switch", name="Enable the tickets portal"))
    assert page.get_by_role("switch").get_attribute("aria-checked") == "true"
    assert page.get_by_role("link", name="https://help.acme.example/en/tickets-portal").is_visible()
    assert fits(page)


def _card(page: Page, *, scripts: bool) -> None:
    """The card was added; put it first, and click Save and set live."""
    page.goto(f"{ROOT}/layout")
    assert page.get_by_label("Tickets portal section", exact=True).is_checked()
    if scripts:
        card = page.get_by_role("button", name="Move Tickets portal section: drag")
        # Both ends in sight: a page that scrolls under the mouse drops things elsewhere.
        page.locator("ol.sections").evaluate("(list) => list.scrollIntoView()")
        card.drag_to(page.locator("li.section").nth(1), target_position={"x": 60, "y": 4})
        assert _order(page).index("Tickets portal section") == 1
        card.focus()
        page.keyboard.press("ArrowUp")
        assert page.locator("#live-region").inner_text() == "Tickets portal section: 1 of 7"
    else:
        for _ in range(_order(page).index("Tickets portal section")):
            follow(page, page.get_by_role("button", name="Move Tickets portal section up"))
    assert _order(page)[0] == "Tickets portal section"
    assert fits(page)
    follow(page, page.get_by_role("button", name="Save and set live"))
    assert page.get_by_text("Saved and set live.").is_visible()
    assert _order(page)[0] == "Tickets portal section"


def _tickets_space(page: Page) -> None:
    page.goto(f"{ROOT}/messenger")
    page.get_by_label("Tickets", exact=True).check()
    follow(page, page.get_by_role("button", name="Save spaces"))


def _customer(page: Page) -> None:
    """Identify a user, check their companies and access, log in as them, and go in by all three ways."""
    page.goto(f"{ROOT}/contacts?q=Ada Okafor")
    follow(page, page.get_by_role("link", name="Ada Okafor"))
    assert page.get_by_text("Can open it").is_visible()
    assert page.get_by_role("region", name="Companies").get_by_role("link", name="Examply").is_visible()
    page.goto("/demo?q=Ada Okafor")
    follow(page, page.get_by_role("button", name="Sign in as Ada Okafor"))
    page.goto("/hc/acme/en/")
    follow(page, page.get_by_role("region", name="Tickets portal").get_by_role("link"))
    seen = page.locator("td.number").all_inner_texts()
    assert len(seen) == 18
    page.goto("/messenger")
    follow(page, page.get_by_role("link", name="See all tickets in the tickets portal"))
    assert page.locator("td.number").all_inner_texts() == seen
    page.goto("/hc/acme/en/tickets-portal")
    assert page.locator("td.number").all_inner_texts() == seen


def _file_says_the_same(folder: Path, url: str) -> None:
    file = str(folder / "pulled.yaml")
    pulled = _run("pull", "--out", file, "--workspace", url)
    assert pulled.returncode == 0, pulled.stderr
    planned = _run("plan", "-f", file, "--detailed-exitcode", "--workspace", url)
    assert planned.returncode == 0, planned.stdout + planned.stderr


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        pytest.param(1280, "light"),
        pytest.param(390, "dark"),
        pytest.param(1280, "dark", marks=by_night),
        pytest.param(390, "light", marks=by_night),
    ],
)
def test_no_page_has_a_barrier_or_is_too_wide(browser: Browser, url: str, width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    context = _context(browser, url, width, scheme=scheme)
    page = context.new_page()
    _sign_in(page)
    page.goto(f"{ROOT}/contacts?q=Ada Okafor")
    person = page.get_by_role("link", name="Ada Okafor").get_attribute("href")
    for number, path in enumerate((*(f"{ROOT}/{one}" for one in PAGES), person, "/admin/sign-in")):
        page.goto(str(path))
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        assert fits(page), path
        # The checker takes longer than all the rest.
        if has_turn(number, int(scheme == "dark")):
            outcome = axe.run(page)
            assert outcome.violations_count == 0, (path, outcome.generate_report())
    context.close()


def test_two_administrators_at_once(browser: Browser, url: str) -> None:
    contexts = [_context(browser, url, 1280) for _ in range(2)]
    first, second = (one.new_page() for one in contexts)
    for page in (first, second):
        _sign_in(page)
        page.goto(f"{ROOT}/messenger")
    second.get_by_label("News").check()
    second.get_by_label("Reason for a change by hand").first.fill("We have news now")
    follow(second, second.get_by_role("button", name="Save spaces"))
    first.get_by_label("Tasks").check()
    first.get_by_label("Reason for a change by hand").first.fill("Tasks are ready")
    follow(first, first.get_by_role("button", name="Save spaces"))
    assert "Somebody else changed this page meanwhile" in first.get_by_role("alert").inner_text()
    assert first.get_by_label("Tasks").is_checked()
    assert first.get_by_label("Reason for a change by hand").first.input_value() == "Tasks are ready"
    follow(first, first.get_by_role("button", name="Save spaces"))
    assert first.get_by_text("Saved the spaces.").is_visible()
    first.get_by_label("Tickets", exact=True).uncheck()
    first.get_by_label("Reason for a change by hand").first.fill("The banner confuses people")
    follow(first, first.get_by_role("button", name="Save spaces"))
    first.get_by_text("Show drift").first.click()
    assert first.get_by_text("Tasks are ready").first.is_visible()
    for one in contexts:
        one.close()
    drift = _run("drift", "-f", str(EXAMPLE), "--workspace", url)
    assert drift.returncode == 2, drift.stderr
    assert "messenger_spaces  tickets changed by administrator" in drift.stdout
    assert "reason: The banner confuses people" in drift.stdout
    apply(url)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_homepage_beside_the_look_follows_what_is_typed(browser: Browser, url: str, *, scripts: bool) -> None:
    context = _context(browser, url, 1280, scripts=scripts)
    page = context.new_page()
    complaints = _complaints(page)
    _sign_in(page)
    page.goto(f"{ROOT}/look")
    frame = page.frame_locator("#tried")
    frame.get_by_role("heading", name="Acme Help Center").wait_for()
    page.get_by_label("A colour of our own").check()
    page.get_by_label("Colour", exact=True).fill("#7a2fb0")
    page.get_by_label("Links at the foot").fill("Status | https://status.acme.example")
    if not scripts:
        page.get_by_role("button", name="Try it beside").click()
    frame.get_by_role("link", name="Status").wait_for()
    color = frame.get_by_role("button", name="Search").evaluate("(one) => getComputedStyle(one).backgroundColor")
    assert color == "rgb(122, 47, 176)"
    assert page.url.endswith("/look")
    if scripts:
        # No colour that was tried is in the way of going back.
        page.go_back()
        assert page.url.endswith("/home")
    assert complaints == []
    context.close()


def test_an_answer_that_comes_late_does_not_take_the_place_of_a_later_one(browser: Browser, url: str) -> None:
    context = _context(browser, url, 1280)
    page = context.new_page()
    _sign_in(page)
    page.goto(f"{ROOT}/access")
    asked = []

    def slow_at_first(route: object) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/access/preview", slow_at_first)
    value = page.get_by_label("Value of condition 0.0")
    value.fill("@nowhere.example")
    page.wait_for_function("() => document.querySelector('#preview[aria-busy]')")
    page.wait_for_timeout(400)
    value.fill("@examply.com")
    page.wait_for_function("() => !document.querySelector('#preview[aria-busy]')")
    asked[0].continue_()
    page.wait_for_timeout(300)
    assert page.locator("#preview .number").inner_text() == "26"
    context.close()


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PORTAL_TOKEN": ADMIN}
    return subprocess.run([str(PORTAL), *arguments], env=environment, capture_output=True, text=True, check=False)


def follow(page: Page, link: Locator) -> None:
    """Click, and wait for the page that it leads to."""
    with page.expect_navigation():
        link.click()


def press(page: Page, button: Locator, *, scripts: bool) -> None:
    """Press a button of the rule builder, which replaces the builder alone where scripts run."""
    if not scripts:
        follow(page, button)
        return
    with page.expect_response("**/access/edit"):
        button.click()
    page.get_by_label("Value of condition 0").first.wait_for()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def _order(page: Page) -> list[str]:
    return [str(one.get_attribute("data-name")) for one in page.locator("li.section").all()]


def _context(browser: Browser, url: str, width: int, *, scripts: bool = True, scheme: str = "light") -> BrowserContext:
    return browser.new_context(
        viewport={"width": width, "height": 1400},
        base_url=url,
        java_script_enabled=scripts,
        color_scheme="dark" if scheme == "dark" else "light",
    )


def _complaints(page: Page) -> list[str]:
    entries: list[str] = []
    page.on("console", lambda one: entries.append(one.text) if "Content Security Policy" in one.text else None)
    page.on("pageerror", lambda one: entries.append(str(one)))
    return entries


def _sign_in(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_label("Admin token").fill(ADMIN)
    follow(page, page.get_by_role("button", name="Sign in"))

"""The HTML page of a plan in a real browser: narrow and wide, in light and dark, and without any request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.cli import output
from reconciler.render import formats
from tests.reconciler.render.test_renderings import document
from tests.support.examples import by_night

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

WIDTHS = {"wide": 1280, "narrow": 360}
SHOWN = ("first-apply-allowed", "audience-changed-by-hand", "failed")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the pages of some plans."""
    folder = tmp_path_factory.mktemp("reports")
    for name in (*SHOWN, "closing"):
        contents = document(name)
        (folder / f"{name}.html").write_text(
            formats.plan(contents, "html", output.drawn_homepage(contents)), encoding="utf-8"
        )
    return folder


@pytest.fixture(params=[pytest.param("wide", marks=by_night), "narrow"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A browser that runs no scripts; a page may ask for nothing but itself, and no rule may be broken in it."""
    context = browser.new_context(viewport={"width": WIDTHS[request.param], "height": 800}, java_script_enabled=False)
    tab = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    tab.on("request", lambda one: asked.append(one.url))
    tab.on("console", lambda one: said.append(one.text))
    tab.on("pageerror", lambda one: said.append(str(one)))
    yield tab
    context.close()
    assert len(asked) == len([one for one in asked if one.startswith("file:")]) == 1
    assert said == []


def unfold(page: Page) -> None:
    """Open everything that is folded."""
    folded = page.locator("details:not([open]) > summary")
    while folded.count():
        folded.first.click()


@pytest.mark.parametrize("name", SHOWN)
def test_the_page_fits_and_asks_for_nothing(page: Page, reports: Path, name: str) -> None:
    page.goto((reports / f"{name}.html").as_uri())
    assert page.get_by_role("heading", level=1).is_visible()
    unfold(page)
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    shown = page.locator("section, table, tr, td, pre, svg, .window, .checks li, .urgent li").all()
    edges = [one["x"] + one["width"] for element in shown if (one := element.bounding_box())]
    assert max(edges, default=0) <= size["width"]


def test_both_homepages_are_shown_to_whom_they_are_for(page: Page, reports: Path) -> None:
    page.goto((reports / "closing.html").as_uri())
    admitted, others = ("somebody with access", "everybody else")

    def card(side: str, whom: str) -> bool:
        frame = page.frame_locator(f'iframe[title="The homepage {side}, seen by {whom}"]')
        assert frame.get_by_role("heading", name="Acme Help Center", level=1).is_visible()
        return frame.get_by_role("region", name="Tickets portal").is_visible()

    assert page.get_by_role("radio", name=admitted).is_checked()
    assert (card("before", admitted), card("after", admitted)) == (True, False)
    assert page.locator(f'iframe[title$="{others}"]').first.is_hidden()
    page.get_by_role("radio", name=others).check()
    assert (card("before", others), card("after", others)) == (False, False)
    assert page.locator(f'iframe[title$="{admitted}"]').first.is_hidden()


def test_what_is_clicked_in_a_homepage_leads_nowhere(page: Page, reports: Path) -> None:
    page.goto((reports / "first-apply-allowed.html").as_uri())
    frame = page.frame_locator('iframe[title="The homepage after, seen by somebody with access"]')
    for one in ("Open your tickets", "First steps", "Search"):
        frame.get_by_text(one, exact=True).first.click(force=True)
    assert frame.get_by_text("Open your tickets").is_visible()
    assert [one.url for one in page.frames[1:]] == ["about:srcdoc"] * 4


def test_on_paper_everybody_is_shown_what_both_see(page: Page, reports: Path) -> None:
    page.goto((reports / "closing.html").as_uri())
    page.emulate_media(media="print")
    assert all(one.is_visible() for one in page.locator("iframe").all())
    assert page.get_by_role("heading", name="Seen by everybody else").is_visible()


@pytest.mark.parametrize(("width", "scheme"), [("wide", "light"), pytest.param("narrow", "dark", marks=by_night)])
def test_nothing_keeps_people_out(browser: Browser, reports: Path, width: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    context = browser.new_context(
        viewport={"width": WIDTHS[width], "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        # The checker is a script, and the page allows none.
        bypass_csp=True,
    )
    page = context.new_page()
    for name in SHOWN:
        page.goto((reports / f"{name}.html").as_uri())
        unfold(page)
        outcome = axe.run(page)
        assert outcome.violations_count == 0, f"{name}: {outcome.generate_report()}"
    context.close()

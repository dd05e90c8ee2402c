"""The style of a Help Center in a real browser: logo, colour, favicon, footer links, beneath the strict policy."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.examples import by_night
from tests.support.pages.browser import ADMIN, PORTAL, apply, serving
from workspace.core import contrast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

STYLE = {
    "logo": "https://cdn.acme.example/logo.svg",
    "primary_color": "#7a2fb0",
    "favicon": "https://cdn.acme.example/favicon.svg",
    "footer_links": [
        {"label": "Status", "url": "https://status.acme.example"},
        {"label": "<b>Privacy</b>", "url": "https://acme.example/privacy?a=1&b=2"},
    ],
}
IMAGE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="32"><rect width="96" height="32" rx="6" '
    'fill="#7a2fb0"/><text x="48" y="21" fill="#fff" font-family="sans-serif" text-anchor="middle">ACME</text></svg>'
)
PAGES = ("/hc/acme/en/", "/hc/acme/en/search?q=a", "/hc/acme/en/tickets-portal")


@pytest.fixture(scope="module")
def url(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("style")
    with serving(folder) as server:
        file = folder / "portal.yaml"
        file.write_text(
            json.dumps({"version": 1, "name": "style", "help_center": {"identifier": "acme"}, "style": STYLE})
        )
        command = [str(PORTAL), "apply", "-f", str(file), "--workspace", server, "--yes"]
        subprocess.run(command, env={**os.environ, "PORTAL_TOKEN": ADMIN}, check=True, capture_output=True)
        apply(server)
        yield server


@pytest.fixture(params=["light", pytest.param("dark", marks=by_night)])
def page(request: pytest.FixtureRequest, browser: Browser, url: str) -> Iterator[Page]:
    """A signed-in visitor whose browser knows the one foreign host; what the policy forbids fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=url, color_scheme=request.param)
    context.route("https://cdn.acme.example/**", lambda one: one.fulfill(body=IMAGE, content_type="image/svg+xml"))
    complaints: list[str] = []
    tab = context.new_page()
    tab.on("console", lambda one: complaints.append(one.text) if "Content Security Policy" in one.text else None)
    tab.goto("/demo?q=Ada Okafor")
    with tab.expect_navigation():
        tab.get_by_role("button", name="Sign in as Ada Okafor").click()
    yield tab
    context.close()
    assert complaints == []


def _color(page: Page, selector: str, name: str) -> str:
    script = "([selector, name]) => getComputedStyle(document.querySelector(selector)).getPropertyValue(name)"
    value: str = page.evaluate(script, [selector, name])
    return "#" + "".join(f"{int(part):02x}" for part in value.removeprefix("rgb(").removesuffix(")").split(","))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_the_help_center_shows_its_style(page: Page, path: str) -> None:
    page.goto(path)
    logo = page.locator("header.site img.logo")
    assert logo.get_attribute("src") == STYLE["logo"]
    assert logo.evaluate("image => image.complete && image.naturalWidth") == 96
    assert page.locator("link[rel=icon]").get_attribute("href") == STYLE["favicon"]
    links: list[Any] = page.locator("footer.site nav a").all()
    assert [{"label": one.inner_text(), "url": one.get_attribute("href")} for one in links] == STYLE["footer_links"]


def test_the_color_is_that_of_links_and_buttons_and_can_be_read(page: Page) -> None:
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    page.goto(PAGES[0])
    background, text = _color(page, ".search button", "background-color"), _color(page, ".search button", "color")
    assert (background == STYLE["primary_color"]) is not dark
    assert contrast.ratio(background, text) >= contrast.AA
    link, behind = _color(page, "footer.site a", "color"), _color(page, "html", "background-color")
    assert link == background
    assert contrast.ratio(link, behind) >= contrast.AA

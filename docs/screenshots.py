"""Takes the pictures in docs/screenshots: the example workspace, the example configuration, a real browser.

Run it from the top of the repository, with Chromium installed (`apt-get install chromium`):

    .venv/bin/python -m docs.screenshots
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.pages.browser import installed, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = Path(__file__).parent / "screenshots"
PORTAL = "/hc/acme/en/tickets-portal"
PAGES = {
    "homepage": "/hc/acme/en/",
    "portal": PORTAL,
    "ticket": f"{PORTAL}/tickets/4166",
    "messenger": "/messenger",
}
LOOKS = {"wide": (1280, "light"), "narrow": (390, "light"), "dark": (1280, "dark")}


def main() -> None:
    """Take all pictures anew."""
    path = installed()
    if path is None:
        sys.exit("Chromium is not installed: apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url, sync_playwright() as playwright:
        # Debian's Chromium finds no sandbox where this runs as root.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for look in LOOKS:
            _take(browser, url, look)
        browser.close()


def _take(browser: Browser, url: str, look: str) -> None:
    width, scheme = LOOKS[look]
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        base_url=url,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto("/demo?q=Ada Okafor")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in as Ada Okafor").click()
    for name, path in PAGES.items():
        page.goto(path)
        page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=name not in {"messenger", "portal"})
    context.close()


if __name__ == "__main__":
    main()

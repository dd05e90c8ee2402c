"""Takes the pictures in docs/screenshots: the example workspace, the example configuration, a real browser.

Run it from the top of the repository, with Chromium installed (`apt-get install chromium`):

    .venv/bin/python -m docs.screenshots
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.pages.browser import ADMIN, installed, serving, started
from tests.support.pages.browser import PORTAL as COMMAND
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

FOLDER = Path(__file__).parent / "screenshots"
PORTAL = "/hc/acme/en/tickets-portal"
PAGES = {
    "homepage": "/hc/acme/en/",
    "portal": PORTAL,
    "ticket": f"{PORTAL}/tickets/4166",
    "messenger": "/messenger",
}
CONSOLE = {"console-home": "home", "console-access": "access", "console-layout": "layout", "console-look": "look"}
LOOKS = {"wide": (1280, "light"), "narrow": (390, "light"), "dark": (1280, "dark")}


def main() -> None:
    """Take all pictures anew."""
    path = installed()
    if path is None:
        sys.exit("Chromium is not installed: apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url, started(path) as browser:
        for look in LOOKS:
            _take(browser, url, look)
        for look in LOOKS:
            take_console(browser, url, look)
        page = _plan(Path(folder), url)
        for look in ("wide", "narrow"):
            _take_plan(browser, page, look)


def _context(browser: Browser, url: str, look: str) -> BrowserContext:
    width, scheme = LOOKS[look]
    return browser.new_context(
        viewport={"width": width, "height": 800},
        base_url=url,
        color_scheme="dark" if scheme == "dark" else "light",
    )


def _take(browser: Browser, url: str, look: str) -> None:
    context = _context(browser, url, look)
    page = context.new_page()
    page.goto("/demo?q=Ada Okafor")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in as Ada Okafor").click()
    for name, path in PAGES.items():
        page.goto(path)
        page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=name not in {"messenger", "portal"})
    context.close()


def take_console(browser: Browser, url: str, look: str) -> None:
    """Take the pictures of the settings pages."""
    context = _context(browser, url, look)
    page = context.new_page()
    page.goto("/admin/")
    page.get_by_label("Admin token").fill(ADMIN)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()
    for name, path in CONSOLE.items():
        page.goto(f"/admin/hc/acme/{path}")
        page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=True)
    context.close()


CHANGES = {
    "{attribute: person.tag, is: beta}": "{attribute: company.plan_tier, is: enterprise}",
    "sections: [search, tickets_portal, collections]": "sections: [tickets_portal, search, collections]",
}
"""What the plan whose picture is taken changes in the example."""


def _plan(folder: Path, url: str) -> Path:
    """Write the page of a plan, and return where it is."""
    text = (ROOT / "examples" / "portal.yaml").read_text(encoding="utf-8")
    for before, after in CHANGES.items():
        if text.count(before) != 1:
            sys.exit(f"the example no longer says {before}")
        text = text.replace(before, after)
    (folder / "portal.yaml").write_text(text, encoding="utf-8")
    command = [str(COMMAND), "plan", "--workspace", url, "--format", "html"]
    command += ["--allow", "widens_access", "--allow", "narrows_access"]
    done = subprocess.run(  # noqa: S603 (our own command)
        command, cwd=folder, env={**os.environ, "PORTAL_TOKEN": ADMIN}, check=True, capture_output=True
    )
    page = folder / "plan.html"
    page.write_bytes(done.stdout)
    return page


PARTS = {"plan-people": "Who can open the portal", "plan-homepage": "The homepage, before and after"}
"""The parts of a plan's page that the README shows, each by its heading."""


def _take_plan(browser: Browser, path: Path, look: str) -> None:
    width, scheme = LOOKS[look]
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(path.as_uri())
    # Frames are painted where they are in the window, so the window has to be as tall as the page.
    page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"plan-{look}.png")
    if look == "wide":
        for name, heading in PARTS.items():
            page.locator("section", has=page.get_by_role("heading", name=heading, exact=True)).first.screenshot(
                path=FOLDER / f"{name}.png"
            )
    page.close()


if __name__ == "__main__":
    main()

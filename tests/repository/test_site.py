"""The site of the documentation: it is built without a warning, leads nowhere in vain, and asks nothing of anybody."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from tests.support.examples import by_night
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

WIDTHS = {"wide": 1400, "narrow": 360}
AXE_PAGES = ("index.html", "recovering.html", "configuration.html", "exit-codes.html", "search.html")
"""One of each form: looking at all of them would take minutes."""


@dataclass
class Read(HTMLParser):
    """What one page has: anchors, links, and what it loads."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        by_name = {name: value or "" for name, value in attrs}
        self.anchors |= {by_name[name] for name in ("id", "name") if name in by_name}
        if tag == "a" and "href" in by_name:
            self.links.append(by_name["href"])
        self.loaded += [by_name[name] for name in ("src", "srcset", "data", "poster", "action") if name in by_name]
        if tag == "link":
            self.loaded.append(by_name["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "properdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Read]:
    by_name = {}
    for path in sorted(site.rglob("*.html")):
        by_name[str(path.relative_to(site))] = read = Read()
        read.feed(path.read_text(encoding="utf-8"))
    return by_name


def test_every_page_of_the_repository_is_in_the_site(pages: dict[str, Read]) -> None:
    written = {path.stem for path in (ROOT / "docs").glob("*.md")} | {"CHANGELOG", "CONTRIBUTING", "SECURITY"}
    assert {name.removesuffix(".html") for name in pages if "/" not in name} == written | {"404", "search"}


def test_every_link_leads_somewhere(site: Path, pages: dict[str, Read]) -> None:
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme == "https" or link.startswith(("http://127.0.0.1:", "/")):
                assert parts.hostname or name == "404.html", f"{name} links to {link}"
                continue
            assert not parts.scheme, f"{name} links to {link}"
            target = (site / name).parent.joinpath(unquote(parts.path)).resolve() if parts.path else site / name
            assert target.is_file(), f"{name} links to {link}"
            if parts.fragment:
                assert parts.fragment in pages[str(target.relative_to(site))].anchors, f"{name} links to {link}"


def test_nothing_is_loaded_from_anywhere_else(site: Path, pages: dict[str, Read]) -> None:
    for name, page in pages.items():
        for loaded in page.loaded:
            assert not urlsplit(loaded).scheme.startswith("http"), f"{name} loads {loaded}"
            assert not loaded.startswith("//"), f"{name} loads {loaded}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(|@import", style.read_text(encoding="utf-8")), style.name


def test_lists_and_tables_are_lists_and_tables(site: Path) -> None:
    for path in site.glob("*.html"):
        text = re.sub(r"<pre>.*?</pre>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"<p>[^<]*\n(- |\d\. |\|)", text), f"{path.name} shows a list or a table as text"
        assert "```" not in text, path.name


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        pass


@pytest.fixture(scope="module")
def url(site: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site))) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        serving.join()


@pytest.fixture(params=[pytest.param("wide", marks=by_night), "narrow"])
def page(request: pytest.FixtureRequest, browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": WIDTHS[request.param], "height": 900}, base_url=url)
    tab = context.new_page()
    foreign: list[str] = []
    wrong: list[str] = []
    tab.on("request", lambda one: None if one.url.startswith((url, "data:")) else foreign.append(one.url))
    tab.on("response", lambda one: wrong.append(one.url) if one.status >= 400 else None)
    tab.on("pageerror", lambda one: wrong.append(one.message))
    yield tab
    context.close()
    assert foreign == []
    assert wrong == []


def test_no_page_is_wider_than_the_window(page: Page, pages: dict[str, Read]) -> None:
    for name in pages:
        page.goto(name)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} pixels too wide"


def test_pages_can_be_used_by_everybody(page: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for name in AXE_PAGES:
        page.goto(name)
        outcome = Axe().run(page)
        serious = [one for one in outcome.response["violations"] if one["impact"] in {"serious", "critical"}]
        assert serious == [], f"{name}: {outcome.generate_report()}"


def test_a_word_is_found(page: Page) -> None:
    page.goto("index.html")
    page.get_by_label("Search the documentation").fill("max_access_gained")
    page.keyboard.press("Enter")
    link = page.locator("#properdocs-search-results a", has_text="Guards").first
    link.click()
    page.wait_for_url("**#guards")
    assert page.get_by_role("heading", name="Guards", exact=True).is_visible()

"""A real browser against a real server: Debian's Chromium, `portal serve --demo`, the example configuration."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.faults.child import Child
from tests.support.sample import ROOT
from tests.support.serving import serving as serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

PORTAL = Path(sys.executable).parent / "portal"
ADMIN = "administrator-of-the-browser-tests"


def installed() -> str | None:
    """Return the path of Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def chromium() -> str:
    """Return the path of Chromium; skip the test without one, unless it is required."""
    path = installed()
    if path is None:
        missing = "Chromium is not installed: apt-get install chromium"
        if "browser" in os.environ.get("PORTAL_TEST_REQUIRE", "").split(","):
            pytest.fail(missing)
        pytest.skip(missing)
    return path


@contextmanager
def started(path: str) -> Iterator[Browser]:
    """Run the Chromium at a path for the length of a with statement."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Debian's Chromium finds no sandbox where tests run as root.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def serving(folder: Path, *, applied: bool = True) -> Iterator[str]:
    """Run `portal serve --demo` with the example workspace, make the example portal live, and give its URL."""
    with serve(str(folder / "workspace.db"), "--demo", PORTAL_ADMIN_TOKEN=ADMIN) as url:
        if applied:
            apply(url)
        yield url


def apply(url: str) -> None:
    """Apply the example configuration to a workspace."""
    example = str(ROOT / "examples" / "portal.yaml")
    arguments = ["apply", "-f", example, "--workspace", url, "--yes", "--allow", "widens_access"]
    ended = Child(ROOT, arguments, {"PORTAL_TOKEN": ADMIN}).wait()
    assert ended.code == 0, ended.err

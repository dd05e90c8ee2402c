"""A real browser against a real server: Debian's Chromium, `portal serve --demo`, the example configuration."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.sample import ROOT

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
    environment = {**os.environ, "PORTAL_ADMIN_TOKEN": ADMIN}
    command = [str(PORTAL), "serve", "--demo", "--port", "0", "--db", str(folder / "workspace.db")]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, encoding="utf-8")
    assert process.stderr is not None
    try:
        url = next(match[1] for line in process.stderr if (match := re.search(r"ready at (http://\S+)", line)))
        reader = threading.Thread(target=process.stderr.read, daemon=True)
        reader.start()
        if applied:
            apply(url)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stderr.close()


def apply(url: str) -> None:
    """Apply the example configuration to a workspace."""
    example = str(ROOT / "examples" / "portal.yaml")
    command = [str(PORTAL), "apply", "-f", example, "--workspace", url, "--yes", "--allow", "widens_access"]
    subprocess.run(command, env={**os.environ, "PORTAL_TOKEN": ADMIN}, check=True, capture_output=True)

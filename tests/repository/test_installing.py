"""The words of `docs/installing.md`, said in a fresh virtual environment; what is fetched is this checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.support.examples import by_night
from tests.support.sample import ROOT
from tests.support.stories import steps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
PAGE = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
ADDRESS = "https://git.example/acme/portal"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def commands(beginning: str) -> list[str]:
    """Return the commands of the part of the page with this heading."""
    part = PAGE[PAGE.index(f"## {beginning}") :].partition("\n## ")[0]
    part = PAGE[PAGE.index(f"## {beginning}") :][: len(part)]
    return [one.text for one in steps(part) if one.kind == "console"]


class Newcomer:
    """Somebody with a home of their own, a clone of this repository, and no index of packages.

    What the project depends on is found where the tests have it: only the project itself is installed.
    """

    def __init__(self, home: Path, served: str) -> None:
        self.address = served
        self.home, self.clone = home, home / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(self.clone)], check=True)
        self.commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=self.clone, check=True, capture_output=True, text=True
        ).stdout.strip()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "GIT_", "PYTHON"))},
            "HOME": str(home),
            "PIP_NO_DEPS": "1",
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # means that there is none: pip takes it for the value of its opposite
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",  # noqa: PTH120 (a word of the shell's)
        }

    def does(self, lines: list[str], folder: Path | None = None) -> str:
        """Say lines to a shell, each of which must work, and return what they printed."""
        script = "set -e\n" + "\n".join(self.meant(one) for one in lines)
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=folder or self.clone,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def meant(self, line: str) -> str:
        """Return a line with the address and the commit that it stands for, and what a new environment is given."""
        line = line.replace(ADDRESS, self.address).replace(COMMIT, self.commit)
        if line.startswith("python3 -m venv "):
            folder = "$(echo ~/portal/lib/python3.*/site-packages)"
            made = f"{line}\necho {sysconfig.get_path('purelib')} > {folder}/what-tests-have.pth\ncp -a ~/portal ~/new"
            # To make one takes seconds: the next of them is a copy of the first as it was when it was new.
            return f"rm -rf ~/portal\nif test -e ~/new; then cp -a ~/new ~/portal; else {made}; fi"
        return line


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """Give somebody who has cloned the repository, which is served to everybody on loopback."""
    home = tmp_path_factory.mktemp("newcomer")
    bare = home / "served" / "portal"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(ROOT), str(bare)], check=True)
    subprocess.run(["git", "update-server-info"], cwd=bare, check=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(bare.parent))) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
        thread.start()
        yield Newcomer(home, f"http://127.0.0.1:{server.server_port}/portal")
        server.shutdown()
        thread.join()


def test_from_a_checkout(newcomer: Newcomer, tmp_path: Path) -> None:
    said = newcomer.does(commands("From a checkout"))
    assert re.search(r"^portal \d+\.\d+\.\d+$", said, re.MULTILINE)
    assert f"from {newcomer.home / 'portal'}" in said
    # And what the README says next.
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = next(one for one in re.findall(r"```console\n(.*?)```", readme, re.DOTALL) if "portal init" in one)
    lines = [re.sub(r"\s+#.*", "", one.removeprefix("$ ")) for one in block.splitlines()]
    assert lines[:3] == commands("From a checkout")[:3]
    folder = tmp_path / "team"
    folder.mkdir()
    rest = [f"{one} --yes" if one.startswith("portal apply") else one for one in lines[3:]]
    # The guard holds the first plan: that is what it is for.
    rest = [f"{one} || test $? = 3" if one == "portal plan" else one for one in rest]
    said = newcomer.does([". ~/portal/bin/activate", *rest], folder)
    assert "Applied 7 changes." in said
    assert "No drift." in said
    assert ".portal/" in (folder / ".gitignore").read_text()


@by_night
def test_from_a_git_address_and_so_do_the_workflows(newcomer: Newcomer, tmp_path: Path) -> None:
    fresh = commands("From a checkout")[:2]
    (line,) = commands("From a Git address")
    folder = tmp_path / "team"
    folder.mkdir()
    newcomer.does([*fresh, line, "portal init --yes --ci github", "portal plan || test $? = 3"], folder)
    address = f"git+{newcomer.address}@{newcomer.commit}"
    action = (folder / ".github" / "actions" / "portal" / "action.yml").read_text()
    assert f"'tickets-portal[serve,verify] @ {address}'" in action
    (other,) = commands("In workflows")
    newcomer.does([". ~/portal/bin/activate", other.replace("portal init", "portal init --keep")], folder)


def test_from_a_wheel(newcomer: Newcomer) -> None:
    fresh = commands("From a checkout")[:2]
    check, install = commands("From a wheel")
    build = ["python -m hatchling build -d build/dist", "cd build/dist", "sha256sum -- * > SHA256SUMS"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(one.removeprefix("python ") in makefile for one in build)
    said = newcomer.does([*fresh, *build, check, install, "portal --version"])
    assert ".whl: OK" in said
    assert ".tar.gz: OK" in said

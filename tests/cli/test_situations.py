"""What a person reads in telling situations: whole sessions with the real command, kept as golden files.

Each command is a process of its own, with both of its streams in one, as in a terminal. Lines that begin
with `#` say what somebody else does meanwhile. Only moments, ids, host names and ports are made the same.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import PORTAL, Place
from tests.golden import assert_golden
from tests.sample import ROOT, template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Golden = Callable[["Terminal"], None]

GOLDEN = ROOT / "tests" / "cases" / "situations"
SAME = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-03-01T12:00:00Z"),
    (r"sha256:[0-9a-f]{64}", "sha256:…"),
    (r"\b[0-9a-f]{12}\b", "0123456789ab"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:8470"),
    (rf"@{re.escape(socket.gethostname())}\b", "@laptop"),
)
OMAR = {"GITHUB_ACTOR": "omar"}
"""Who applies, as a build knows them."""


@dataclass
class Terminal:
    """A place, and what is read there."""

    place: Place
    lines: list[str] = field(default_factory=list)

    def portal(self, *arguments: str) -> int:
        """Run a command and keep what it says; return its exit code."""
        process = self.begin(*arguments)
        said, _ = process.communicate(timeout=120)
        return self.end(process, said, *arguments)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command."""
        others = ("PORTAL_", "GITHUB_", "CI_", "PYTHONDONTWRITEBYTECODE")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        return subprocess.Popen(
            [str(PORTAL), *arguments, *self.place.arguments],
            cwd=self.place.folder,
            env={**clean, **OMAR, **self.place.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    def end(self, process: subprocess.Popen[str], said: str, *arguments: str) -> int:
        """Keep what a command said."""
        assert "Traceback" not in said, said
        code = process.returncode
        self.lines += [f"$ portal {' '.join(arguments)}", said.rstrip("\n"), f"[{code}]", ""]
        return code

    def meanwhile(self, said: str) -> None:
        """Note what happens besides."""
        if self.lines and self.lines[-1] == "" and self.lines[-2].startswith("#"):
            self.lines.pop()
        self.lines += [f"# {said}", ""]

    def edit(self, old: str, new: str, said: str, file: str = "portal.yaml") -> None:
        """Change a file, at one place."""
        path = self.place.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (old, text.count(old))
        path.write_text(text.replace(old, new), encoding="utf-8")
        self.meanwhile(said)

    def mara(self, path: str, body: dict[str, object], said: str) -> None:
        """Let a teammate change a setting."""
        self.place.meddle(path, body)
        self.meanwhile(f"Mara {said}")

    def text(self) -> str:
        """Return all that was read."""
        text = "\n".join(self.lines)
        for pattern, same in SAME:
            text = re.sub(pattern, same, text)
        return text


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which the example was applied."""
    folder = tmp_path_factory.mktemp("applied")
    shutil.copy(ROOT / "examples" / "portal.yaml", folder)
    (folder / ".portal").mkdir(mode=0o700)
    shutil.copy(template(), folder / ".portal" / "workspace.db")
    assert Terminal(Place(folder)).portal("apply", "--yes", "--allow", "widens_access") == 0
    return folder


@pytest.fixture
def terminal(embedded: Place) -> Terminal:
    """Give a terminal in a folder where nothing was applied yet."""
    return Terminal(embedded)


@pytest.fixture
def later(applied: Path, tmp_path: Path) -> Terminal:
    """Give a terminal in a folder where the example was applied."""
    shutil.copytree(applied, tmp_path / "later")
    return Terminal(Place(tmp_path / "later"))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare what was read with the file that is named like the test."""
    name = request.node.name.removeprefix("test_").replace("_", "-")
    return lambda terminal: assert_golden(GOLDEN / f"{name}.txt", terminal.text())


def test_first_plan(terminal: Terminal, golden: Golden) -> None:
    assert terminal.portal("plan") == 3
    golden(terminal)


def test_first_apply(terminal: Terminal, golden: Golden) -> None:
    assert terminal.portal("apply", "--yes", "--allow", "widens_access") == 0
    assert terminal.portal("plan") == 0
    assert terminal.portal("apply", "--yes") == 0
    golden(terminal)


def test_nobody_to_ask(terminal: Terminal, golden: Golden) -> None:
    assert terminal.portal("apply", "--allow", "widens_access") == 64
    golden(terminal)


def test_drift(later: Terminal, golden: Golden) -> None:
    later.mara("help_centers/acme/audience", {"mode": "nobody", "rule": None}, "lets nobody into the portal.")
    later.mara("messenger_spaces", {"tickets": False}, "switches the tickets space off.")
    assert later.portal("drift") == 2
    assert later.portal("plan", "--allow", "widens_access") == 0
    golden(later)


def test_conflict(later: Terminal, golden: Golden) -> None:
    later.mara("help_centers/acme/ticket_visibility", {"restricted": True}, "shows people only their own tickets.")
    later.edit(
        "ticket_visibility: company",
        "ticket_visibility: {own_for: {attribute: person.tag, is: beta}, otherwise: company}",
        "Omar lets the file show only beta testers only their own.",
    )
    assert later.portal("plan", "--allow", "widens_access") == 0
    golden(later)


def test_guard_exceeded(later: Terminal, golden: Golden) -> None:
    later.edit('ends_with: "@examply.com"', 'contains: "example"', "Omar means to let more addresses in.")
    assert later.portal("plan") == 3
    golden(later)


def test_expectation_broken(later: Terminal, golden: Golden) -> None:
    later.edit('ends_with: "@examply.com"', 'ends_with: "@exampley.com"', "Omar mistypes the domain.")
    assert later.portal("plan", "--allow", "narrows_access") == 3
    golden(later)


def test_required_setting_unmet(later: Terminal, golden: Golden) -> None:
    later.mara("site", {"certificate_valid": False}, "learns that the certificate has run out; so does the workspace.")
    later.edit("identity: jwt ", "identity: hmac ", "Omar goes back to hashes.")
    assert later.portal("plan", "--allow", "narrows_access") == 3
    golden(later)


def test_ignored(later: Terminal, golden: Golden) -> None:
    rule = "ignore: [{address: audience/acme, reason: The accounts move, owner: ops@acme.example, until: %s}]\n"
    with (later.place.folder / "portal.yaml").open("a", encoding="utf-8") as file:
        file.write("\n" + rule % "2999-12-31")
    later.meanwhile("Omar leaves the audience to others until their migration is over.")
    later.mara("help_centers/acme/audience", {"mode": "nobody", "rule": None}, "lets nobody into the portal.")
    later.edit("- {person: ada@examply.com, can: [open_portal, see_card]}\n", "\n", "Omar expects nothing for Ada.")
    assert later.portal("drift") == 0
    assert later.portal("plan") == 0
    later.edit("2999-12-31", "2024-02-29", "Time passes.")
    assert later.portal("plan") == 1
    golden(later)


def test_mistakes_in_the_file(later: Terminal, golden: Golden) -> None:
    later.edit("ends_with", "end_with", "Omar mistypes an operator,")
    later.edit("cookie_forwarding: true", "cookie_forwarding: yes please", "forgets what a setting takes,")
    later.edit("sections: [search, tickets_portal,", "sections: [search, search,", "and repeats himself.")
    assert later.portal("plan") == 1
    golden(later)


def test_verify(later: Terminal, golden: Golden) -> None:
    with later.place.somebody_else() as client:
        made = client.post("identity/secrets", json={"kind": "jwt", "name": "app"}).json()["value"]
    later.place.environment["PORTAL_IDENTITY_SECRET"] = made
    later.mara("help_centers/acme/audience", {"mode": "nobody", "rule": None}, "lets nobody into the portal.")
    assert later.portal("verify") == 3
    golden(later)

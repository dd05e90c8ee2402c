"""What a person reads in telling situations: whole sessions with the real command, kept as golden files.

Each command is a process of its own, with both of its streams in one, as in a terminal. Lines that begin
with `#` say what somebody else does meanwhile. Only moments, ids, host names and ports are made the same.
"""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.reconciler.cli.conftest import PORTAL, Place, serve
from tests.support.faults.child import Child, clean_environment
from tests.support.faults.proxy import Dropped, Fault, Moment, Proxy, Request
from tests.support.golden import assert_golden
from tests.support.sample import ROOT, template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Golden = Callable[["Terminal"], None]

GOLDEN = ROOT / "tests" / "cases" / "situations"
SAME = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-03-01T12:00:00Z"),
    (r"sha256:[0-9a-f]{64}", "sha256:…"),
    (r"\b[0-9a-f]{12}\b", "0123456789ab"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:8470"),
    (r"in \d+ s\)", "in 2 s)"),
    (r" +$", ""),
    (rf"@{re.escape(socket.gethostname())}\b", "@laptop"),
)
OMAR = {"LOGNAME": "omar"}
"""Who applies, as their machine knows them."""


@dataclass
class Terminal:
    """A place, and what is read there."""

    place: Place
    lines: list[str] = field(default_factory=list)

    def portal(self, *arguments: str) -> int:
        """Run a command and keep what it says; return its exit code."""
        environment = {**OMAR, **self.place.environment}
        ended = Child(self.place.folder, [*arguments, *self.place.arguments], environment, together=True).wait(120)
        return self.end(ended.code, ended.out, *arguments)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command."""
        return subprocess.Popen(
            [str(PORTAL), *arguments, *self.place.arguments],
            cwd=self.place.folder,
            env={**clean_environment(), **OMAR, **self.place.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    def end(self, code: int, said: str, *arguments: str) -> int:
        """Keep what a command said."""
        assert "Traceback" not in said, said
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
            text = re.sub(pattern, same, text, flags=re.MULTILINE)
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
def served_later(applied: Path, tmp_path: Path) -> Iterator[Terminal]:
    """Give a terminal in such a folder, whose workspace is served on loopback."""
    shutil.copy(applied / "portal.yaml", tmp_path)
    shutil.copy(applied / ".portal" / "workspace.db", tmp_path / "served.db")
    yield from map(Terminal, serve(tmp_path, str(tmp_path / "served.db")))


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


HOMEPAGE = "homepage: {sections: [search, tickets_portal, collections], publish: true}\n"
WEBSITE = f"""\
version: 1
name: website
help_center: {{identifier: acme}}
messenger: {{spaces: {{tickets: false, news: true}}}}
{HOMEPAGE}"""


def test_managed_elsewhere(later: Terminal, golden: Golden) -> None:
    website = "website.yaml"
    (later.place.folder / website).write_text(WEBSITE, encoding="utf-8")
    later.meanwhile("The website team writes a file of its own. It names what portal.yaml names.")
    assert later.portal("plan", "-f", website) == 0
    later.edit("tickets: false", "tickets: true", "They leave the tickets space on,", website)
    later.edit(HOMEPAGE, "", "and the homepage to portal.yaml.", website)
    assert later.portal("apply", "-f", website, "--yes") == 0
    assert later.portal("drift") == 0
    later.edit("tickets: true, ", "", "They let go of the tickets space.", website)
    assert later.portal("plan") == 0
    assert later.portal("apply", "-f", website, "--yes") == 0
    assert later.portal("plan") == 0
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


# --- saved plans ----------------------------------------------------------------------------------

BETA = {"attribute": "tag", "type": "tag", "comparison": "eq", "value": "beta"}
WIDER = ("is: [team, enterprise]", "is: [free, team, enterprise]")


def test_saved_plan_applied(later: Terminal, golden: Golden) -> None:
    later.edit(*WIDER, "Omar lets free accounts in, too.")
    assert later.portal("plan", "--out", "plan.json", "--allow", "widens_access") == 0
    assert later.portal("show", "plan.json") == 0
    assert later.portal("apply", "plan.json", "--yes") == 0
    assert later.portal("apply", "plan.json", "--yes") == 4
    golden(later)


def test_saved_plan_stale(later: Terminal, golden: Golden) -> None:
    later.edit(*WIDER, "Omar lets free accounts in, too.")
    assert later.portal("plan", "--out", "plan.json", "--allow", "widens_access") == 0
    later.mara("help_centers/acme/audience", {"mode": "rule", "rule": BETA}, "lets only beta testers in.")
    assert later.portal("apply", "plan.json", "--yes") == 4
    golden(later)


def test_saved_plan_stale_elsewhere(later: Terminal, golden: Golden) -> None:
    later.edit(*WIDER, "Omar lets free accounts in, too.")
    assert later.portal("plan", "--out", "plan.json", "--allow", "widens_access") == 0
    later.mara("messenger_spaces", {"news": True}, "switches the news space on.")
    assert later.portal("apply", "plan.json", "--yes") == 0
    golden(later)


def test_saved_plan_edited(later: Terminal, golden: Golden) -> None:
    later.edit(*WIDER, "Omar lets free accounts in, too.")
    assert later.portal("plan", "--out", "plan.json", "--allow", "widens_access") == 0
    text = (later.place.folder / "plan.json").read_text(encoding="utf-8")
    (later.place.folder / "plan.json").write_text(text.replace('"free"', '"trial"'), encoding="utf-8")
    later.meanwhile("Somebody edits plan.json by hand.")
    assert later.portal("apply", "plan.json", "--yes") == 1
    golden(later)


# --- locks and interruptions ------------------------------------------------------------------------


def test_locked(later: Terminal, golden: Golden) -> None:
    later.edit("spaces: {tickets: true}", "spaces: {tickets: false}", "Omar switches the tickets space off.")
    lease = {"id": "mara-12345678", "holder": "mara@desk", "reason": "applies portal.yaml", "ttl": 3600}
    with later.place.somebody_else() as client:
        assert client.post("leases/acme-support", json=lease).status_code == 201
    later.meanwhile("Mara begins to apply, and her machine dies.")
    assert later.portal("apply", "--yes") == 6
    assert later.portal("unlock") == 6
    assert later.portal("unlock", "--fence", "2") == 0
    assert later.portal("apply", "--yes", "--quiet") == 0
    golden(later)


def test_killed(served_later: Terminal, golden: Golden) -> None:
    there = served_later
    there.edit("spaces: {tickets: true}", "spaces: {tickets: false}", "Omar switches the tickets space off,")
    there.edit("ticket_visibility: company", "ticket_visibility: own", "and lets people see only their own tickets.")
    killed: list[subprocess.Popen[str]] = []

    def look(moment: Moment, request: Request) -> None:
        if moment is Moment.DONE and request.method == "PATCH":
            process = killed[0]
            process.kill()
            process.wait()
            raise Dropped

    command = ("apply", "--yes", "--allow", "narrows_access")
    with Proxy(there.place.url, look=look) as proxy:
        straight, there.place.arguments = there.place.arguments, ["--workspace", proxy.url]
        process = there.begin(*command)
        killed.append(process)
        said, _ = process.communicate(timeout=120)
        there.end(process.returncode, said, *command)
    there.place.arguments = straight
    there.meanwhile("The machine dies: the process was killed after its first write was done.")
    assert there.portal("plan", "--allow", "narrows_access") == 0
    assert there.portal("apply", "--yes", "--allow", "narrows_access") == 6
    assert there.portal("unlock", "--fence", "2") == 0
    assert there.portal("apply", "--yes", "--allow", "narrows_access") == 0
    assert there.portal("history") == 0
    golden(there)


def changes_three(there: Terminal) -> None:
    there.edit("ticket_visibility: company", "ticket_visibility: own", "Omar lets people see only their own tickets,")
    there.edit("spaces: {tickets: true}", "spaces: {tickets: false}", "switches the tickets space off,")
    there.edit("sections: [search, tickets_portal,", "sections: [tickets_portal, search,", "and moves the card up.")


def test_failed_in_the_middle(served_later: Terminal, golden: Golden) -> None:
    there = served_later
    changes_three(there)
    draft = [{**row, "enabled": row["type"] != "announcements"} for row in there.place.live_page()]
    begun: list[Request] = []

    def look(moment: Moment, request: Request) -> None:
        # Before the first change of the homepage, a teammate changes it, too.
        if moment is Moment.BEFORE and "homepage/draft" in request.path and not begun:
            begun.append(request)
            there.place.meddle("help_centers/acme/homepage/draft", {"sections": draft})

    there.meanwhile("At the same moment, Mara edits the homepage.")
    with Proxy(there.place.url, look=look) as proxy:
        straight, there.place.arguments = there.place.arguments, ["--workspace", proxy.url]
        assert there.portal("apply", "--yes", "--allow", "narrows_access") == 5
    there.place.arguments = straight
    assert there.portal("show", "r2") == 0
    assert there.portal("apply", "--yes", "--allow", "narrows_access", "--allow", "publishes_foreign_draft") == 0
    golden(there)


def test_answer_lost(served_later: Terminal, golden: Golden) -> None:
    there = served_later
    changes_three(there)

    def choose(request: Request) -> Fault:
        return Fault.BROKEN if request.method == "PATCH" else Fault.NONE

    with Proxy(there.place.url, choose) as proxy:
        straight, there.place.arguments = there.place.arguments, ["--workspace", proxy.url]
        assert there.portal("apply", "--yes", "--allow", "narrows_access") == 5
    there.place.arguments = straight
    there.meanwhile("The workspace's disk was full; now it is not any more.")
    assert there.portal("apply", "--yes", "--allow", "narrows_access") == 0
    golden(there)


def test_interrupted(served_later: Terminal, golden: Golden) -> None:
    there = served_later
    changes_three(there)
    running: list[subprocess.Popen[str]] = []

    def look(moment: Moment, request: Request) -> None:
        if moment is Moment.BEFORE and request.method == "PATCH" and "messenger_spaces" in request.path:
            running[0].send_signal(signal.SIGINT)

    there.meanwhile("While the first change is made, Omar presses Ctrl-C.")
    command = ("apply", "--yes", "--quiet", "--allow", "narrows_access")
    with Proxy(there.place.url, look=look) as proxy:
        straight, there.place.arguments = there.place.arguments, ["--workspace", proxy.url]
        running.append(there.begin(*command))
        said, _ = running[0].communicate(timeout=120)
    assert there.end(running[0].returncode, said, *command) == 130
    there.place.arguments = straight
    assert there.portal("history", "--limit", "1") == 0
    golden(there)


# --- the way back ------------------------------------------------------------------------------------


def test_undo(later: Terminal, golden: Golden) -> None:
    later.edit("ticket_visibility: company", "ticket_visibility: own", "Omar lets people see only their own tickets.")
    assert later.portal("apply", "--yes", "--quiet", "--allow", "narrows_access") == 0
    assert later.portal("history") == 0
    assert later.portal("undo", "r2", "--yes", "--allow", "widens_access") == 0
    later.edit("ticket_visibility: own", "ticket_visibility: company", "Omar takes his line back, too.")
    assert later.portal("plan") == 0
    assert later.portal("history") == 0
    golden(later)


def test_undo_refused(later: Terminal, golden: Golden) -> None:
    later.edit("ticket_visibility: company", "ticket_visibility: own", "Omar lets people see only their own tickets.")
    assert later.portal("apply", "--yes", "--quiet", "--allow", "narrows_access") == 0
    later.mara("help_centers/acme/ticket_visibility", {"conditions": BETA}, "restricts only beta testers.")
    assert later.portal("undo", "r2", "--yes") == 4
    golden(later)


def test_history(later: Terminal, golden: Golden) -> None:
    later.edit("spaces: {tickets: true}", "spaces: {tickets: false}", "Omar switches the tickets space off.")
    assert later.portal("apply", "--yes", "--quiet") == 0
    assert later.portal("history") == 0
    assert later.portal("show", "r2") == 0
    assert later.portal("show", "r9") == 1
    golden(later)


# --- trying it out ------------------------------------------------------------------------------------


def test_simulated(later: Terminal, golden: Golden) -> None:
    later.edit(*WIDER, "Omar lets free accounts in, too,")
    later.edit("ticket_visibility: company", "ticket_visibility: own", "but lets people see only their own tickets.")
    assert later.portal("plan", "--simulate", "--allow", "widens_access", "--allow", "narrows_access") == 0
    golden(later)


# --- answers to drift ---------------------------------------------------------------------------------


def test_drift_adopted(later: Terminal, golden: Golden) -> None:
    later.mara("messenger_spaces", {"tickets": False}, "switches the tickets space off.")
    later.mara("help_centers/acme/audience", {"mode": "rule", "rule": BETA}, "lets only beta testers in.")
    assert later.portal("drift", "--adopt", "--only", "audience/acme") == 2
    assert later.portal("plan") == 3
    golden(later)


def test_drift_reverted(later: Terminal, golden: Golden) -> None:
    later.mara("messenger_spaces", {"tickets": False}, "switches the tickets space off.")
    later.edit("ticket_visibility: company", "ticket_visibility: own", "Omar has other plans, which can wait.")
    assert later.portal("drift", "--revert", "--yes") == 0
    assert later.portal("drift") == 0
    golden(later)


def test_environment(later: Terminal, golden: Golden) -> None:
    assert later.portal("plan", "--env", "staging") == 7
    assert later.portal("apply", "--env", "production", "--yes") == 7
    assert later.portal("plan", "--env", "produktion") == 1
    golden(later)


def test_pulled(later: Terminal, golden: Golden) -> None:
    later.mara("help_centers/acme/ticket_visibility", {"restricted": True}, "shows people only their own tickets.")
    assert later.portal("pull", "--name", "acme-support") == 0
    assert later.portal("pull", "--out", "portal.yaml") == 1
    assert later.portal("pull", "--name", "acme-support", "--out", "pulled.yaml") == 0
    assert later.portal("plan", "-f", "pulled.yaml") == 0
    golden(later)

"""Law 8: no secret appears in any output, file, log, error or record, whatever is run and however it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.app import VERBS
from tests.reconciler.cli.conftest import EXAMPLE, PORTAL
from tests.support.faults.child import Child
from tests.support.faults.proxy import Fault, Proxy
from tests.support.faults.stand import ALLOW, Clock, Stand
from tests.support.forge import github
from tests.support.forge.github import GitHub
from tests.support.sample import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRETS = {
    "PORTAL_TOKEN": TOKEN,
    "PORTAL_STAGING_TOKEN": "plc-staging-9f8e7d6c5b4a",
    "PORTAL_PRODUCTION_TOKEN": "plc-production-1a2b3c4d5e",
    "GITHUB_TOKEN": "plc-forge-7f6e5d4c3b2a",
}
LITERAL = "lit-0d1c2b3a4f5e6d7c"
PASSWORD = "pwd-5e4d3c2b1a09"
ADA = "ada@examply.com"


@dataclass
class Watched:
    """A workspace, and everything that was said by whoever used it."""

    folder: Path
    url: str
    environment: dict[str, str]
    said: list[tuple[str, str]] = field(default_factory=list)
    verbs: set[str] = field(default_factory=set)

    def run(self, *arguments: str, at: str | None = "", codes: tuple[int, ...] = (0,), **environment: str) -> str:
        """Run a command, keep what it said, and return its stdout."""
        url = self.url if at == "" else at
        where = ["--workspace", url] if url else []
        done = Child(self.folder, [*arguments, *where], {**self.environment, **environment}).wait()
        name = " ".join(arguments)
        self.said += [(f"stdout of {name}", done.out), (f"stderr of {name}", done.err)]
        self.verbs.add(arguments[0])
        assert done.code in codes, (name, done.code, done.err)
        return done.out


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    shutil.copy(EXAMPLE, tmp_path / "portal.yaml")
    log = tmp_path / "serve.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [str(PORTAL), "serve", "--port", "0", "--db", str(tmp_path / "served.db")],
            env={**os.environ, "PORTAL_ADMIN_TOKEN": TOKEN},
            stdout=stderr,
            stderr=stderr,
        )
    while not (ready := re.search(r"ready at (http://\S+)", log.read_text())):
        assert process.poll() is None
        time.sleep(0.05)
    yield Watched(tmp_path, ready[1], {**SECRETS, "NO_COLOR": "1", "PORTAL_PATIENCE": "0"})
    if process.poll() is None:
        process.terminate()
        process.wait(timeout=30)


def test_law_8_no_secret_is_told_to_anybody(watched: Watched) -> None:
    place = Stand(watched.folder, watched.url, Clock())
    wanted = {"kind": "jwt", "name": "of the tests"}
    signing: str = place.http.post("identity/secrets", json=wanted).raise_for_status().json()["value"]
    watched.environment["PORTAL_IDENTITY_SECRET"] = signing
    text = EXAMPLE.read_text(encoding="utf-8")
    here = "environments:\n  here:\n    workspace: ${PORTAL_HERE_URL}\n    token: ${PORTAL_HERE_TOKEN}\n"
    (watched.folder / "environment.yaml").write_text(text.replace("environments:\n", here), encoding="utf-8")
    watched.environment |= {"PORTAL_HERE_URL": watched.url, "PORTAL_HERE_TOKEN": TOKEN}
    everything_that_works(watched)
    everything_that_fails(watched)
    on_a_forge(watched)
    through_bad_weather(watched)
    assert watched.verbs | {"serve"} == set(VERBS)

    # What the workspace keeps and shows, and every file that was written.
    for path in ("activity", "receipts?limit=100", "help_centers/acme/configuration?record=acme-support"):
        watched.said.append((path, place.http.get(path).raise_for_status().text))
    for one in place.get("receipts", limit="100")["data"]:
        watched.said.append((one["id"], place.http.get(f"receipts/{one['id']}").raise_for_status().text))
    place.http.close()
    secrets = {**SECRETS, "PORTAL_IDENTITY_SECRET": signing}
    for name, text in watched.said:
        for variable, secret in (*secrets.items(), ("a literal", LITERAL), ("a password", PASSWORD)):
            assert secret not in text, f"{variable} is in {name}"
    for file in watched.folder.rglob("*"):
        if file.is_file() and not file.name.startswith("wrong"):
            content = file.read_bytes()
            # The workspace has to keep what it checks signatures with; nobody else has.
            known = set(SECRETS.values()) | (set() if file.name.startswith("served.db") else {signing})
            for secret in (*known, LITERAL, PASSWORD):
                assert secret.encode() not in content, file


def everything_that_works(watched: Watched) -> None:
    run = watched.run
    run("validate", at=None)
    run("show", "--resolved", "-e", "staging", at=None)
    run("fmt", "--check", at=None)
    run("schema", "plan", at=None)
    run("completion", "bash", at=None)
    run("init", "--yes", "--file", "first.yaml", at=None)
    run("init", "--yes", "--file", "taken-over.yaml", "--from", watched.url, at=None)
    run("plan", *ALLOW)
    run("plan", *ALLOW, "--format", "json")
    run("plan", *ALLOW, "--simulate")
    run("plan", *ALLOW, "--out", "plan.json")
    run("show", "plan.json", at=None)
    run("show", "plan.json", "--format", "html", at=None)
    run("apply", "plan.json", "--yes", "--format", "json")
    run("drift", "--format", "json")
    run("history", "--format", "json")
    run("show", "r1", "--format", "json")
    run("unlock")
    run("preview")
    run("explain", ADA)
    run("status", "--format", "json", codes=(0, 1, 3))
    run("open", "portal")
    run("verify", "--format", "json", codes=(0, 3))
    run("pull", "--name", "pulled", "--out", "pulled.yaml")
    run("undo", "r1", "--yes", codes=(0, 3))
    run("plan", "-f", "environment.yaml", "-e", "here", "--out", "environment.json", *ALLOW, at=None)
    run("apply", "environment.json", "-f", "environment.yaml", "-e", "here", "--yes", "--format", "json", at=None)
    run(
        "promote",
        "-f",
        "environment.yaml",
        "--from",
        "here",
        "--to",
        "staging",
        "--format",
        "json",
        at=None,
        codes=(1,),
    )
    run("apply", "--yes", *ALLOW)
    # A new token is told once, to whoever makes it: that is another secret than the ones that are looked for.
    run("token", "create", "reader", "--db", "served.db", at=None)
    run("token", "list", "--db", "served.db", at=None)
    run("secret", "list", "--db", "served.db", at=None)
    # An environment of a vendor is asked of by itself; this one is none.
    run("mirror", "status", "-f", "environment.yaml", "-e", "here", at=None, codes=(1, 64))
    run("intercom", "doctor", at=None, codes=(1, 7, 64))
    run("tasks", "--format", "json", codes=(0, 1))
    run("task", "show", "T1", codes=(1,))
    run("access", "diff", "--format", "csv")
    run("ci", "doctor", at=None, codes=(0, 1, 64))
    shutil.copy(watched.folder / "portal.yaml", watched.folder / "edited.yaml")
    run("set", "portal.ticket_visibility", "own", "-f", "edited.yaml", at=None)
    run("audience", "add", "Tag is vip", "-f", "edited.yaml", at=None)
    run("intercom", "doctor", "-f", "environment.yaml", "-e", "here", at=None, codes=(1, 64))


def everything_that_fails(watched: Watched) -> None:
    run = watched.run
    text = (watched.folder / "portal.yaml").read_text(encoding="utf-8")
    wrong = {
        "literal": text.replace("${PORTAL_STAGING_TOKEN}", LITERAL),
        "misspelt": text.replace("token: ${PORTAL_STAGING_TOKEN}", f"tokne: {LITERAL}"),
        "in-the-url": text.replace("https://workspace.staging", f"https://user:{PASSWORD}@workspace.staging"),
        "broken": text.replace("${PORTAL_STAGING_TOKEN}", f"{LITERAL}: {LITERAL}: ["),
        "twice": text.replace("token: ${PORTAL_STAGING_TOKEN}", f"token: {LITERAL}\n    token: {LITERAL}"),
        "elsewhere": text.replace("messenger:", f"messenger:\n  api_key: {LITERAL}\n  identity_secret: {LITERAL}"),
    }
    for name, content in wrong.items():
        assert content != text, name
        (watched.folder / f"wrong-{name}.yaml").write_text(content, encoding="utf-8")
        run("validate", "-f", f"wrong-{name}.yaml", at=None, codes=(1,))
        run("plan", "-f", f"wrong-{name}.yaml", "--format", "json", codes=(1,))
        run("fmt", "-f", f"wrong-{name}.yaml", "--check", at=None, codes=(0, 1))
    (watched.folder / "wrong-split.yaml").write_text(text, encoding="utf-8")
    own = watched.folder / "wrong-split.here.yaml"
    for content in (
        f"workspace: https://a:{PASSWORD}@b.example\ntoken: {LITERAL}\n",
        f"token: {LITERAL}\nworkspace: [",
    ):
        own.write_text(content, encoding="utf-8")
        run("validate", "-f", "wrong-split.yaml", at=None, codes=(1,))
        run("plan", "-f", "wrong-split.yaml", "-e", "here", "--format", "json", at=None, codes=(1,))
        run("show", "--resolved", "-f", "wrong-split.yaml", "-e", "here", at=None, codes=(1,))
        run("fmt", "--diff", own.name, at=None, codes=(0, 1))
    run("plan", at=f"https://user:{PASSWORD}@workspace.example", codes=(64,))
    run("plan", at="http://127.0.0.1:1", codes=(1,))
    run("plan", PORTAL_TOKEN=LITERAL, codes=(7,))
    run("apply", "--yes", "--format", "json", PORTAL_TOKEN=LITERAL, codes=(7,))
    run("apply", "plan.json", "--yes", "--format", "json", codes=(4, 64))
    edited = json.loads((watched.folder / "plan.json").read_text(encoding="utf-8"))
    edited["configuration"]["name"] = "another"
    (watched.folder / "edited.json").write_text(json.dumps(edited), encoding="utf-8")
    run("apply", "edited.json", "--yes", codes=(1, 4, 64))
    run("show", "r99", codes=(1,))
    run("undo", "r99", "--yes", codes=(1,))
    run("explain", "nobody@examply.com", codes=(1,))
    run("verify", ADA, codes=(3, 64, 1), PORTAL_IDENTITY_SECRET=LITERAL)


def on_a_forge(watched: Watched) -> None:
    run = watched.run
    with GitHub({SECRETS["GITHUB_TOKEN"]: github.WORKFLOW}) as hub:
        place = ("--api", hub.url, "--repository", github.REPOSITORY)
        said = ("publish", "environment.json", "--to", "github", "--pull-request", "7", *place)
        run(*said, "--format", "json", at=None)
        run(*said, at=None)
        run(*said, at=None, codes=(7,), GITHUB_TOKEN=LITERAL)
        (watched.folder / "drift.json").write_text(run("drift", "--format", "json", codes=(0, 2)), encoding="utf-8")
        run("publish", "drift.json", "--to", "github", *place, at=None)
        # Nobody reviewed the commit.
        run("fetch", "--from", "github", "--out", "fetched.json", *place, codes=(1, 3, 4), GITHUB_SHA="c" * 40)
        kept = json.dumps([hub.comments, hub.issues], default=str)
        watched.said.append(("the forge", kept))
    watched.said.append(("a forge that is not there", run(*said, at=None, codes=(1,))))


def through_bad_weather(watched: Watched) -> None:
    """Every fault, under every verb that talks to a workspace; a drip would take as long as an attempt may."""
    verbs: dict[str, tuple[str, ...]] = {
        "plan": (),
        "apply": ("--yes", "--format", "json", *ALLOW),
        "drift": (),
        "history": (),
        "unlock": (),
        "preview": (),
        "pull": ("--out", "never.yaml"),
        "explain": (ADA,),
        "verify": (),
        "undo": ("r1", "--yes"),
    }
    for number, fault in enumerate(Fault):
        if fault in (Fault.NONE, Fault.DRIP, Fault.CLOCK):
            continue
        verb = list(verbs)[number % len(verbs)]
        with Proxy(watched.url, lambda _, one=fault: one) as proxy:
            watched.run(verb, *verbs[verb], at=proxy.url, codes=(1,))

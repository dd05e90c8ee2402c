"""`portal serve` for real: processes, a port on the loopback, signals."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import update

from tests.support.admin.client import dump_file
from tests.support.contract import PREFIX, CheckedTransport
from workspace.database import engine as db
from workspace.database import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

SRC = Path(__file__).parents[4]
PORTAL = [sys.executable, "-c", "from reconciler.cli import main; main()"]
ADMIN = "a-token-that-somebody-chose"


class Server:
    """A running `portal serve`; its stderr is read as it comes."""

    def __init__(self, *arguments: str, folder: Path, token: str | None = ADMIN) -> None:
        environment = {**os.environ, "PYTHONPATH": str(SRC)}
        environment.pop("PORTAL_ADMIN_TOKEN", None)
        if token is not None:
            environment["PORTAL_ADMIN_TOKEN"] = token
        database = () if "--db" in arguments else ("--db", "workspace.db")
        self.process = subprocess.Popen(
            [*PORTAL, "serve", "--port", "0", *database, *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.ready = threading.Event()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            # Which SQLite a machine has is its own business.
            if "warning: SQLite" not in line:
                self.lines.append(line.rstrip("\n"))
            if "ready at" in line:
                self.ready.set()
        self.ready.set()

    @property
    def url(self) -> str:
        match = re.search(r"ready at (http://\S+)", "\n".join(self.lines))
        assert match, self.lines
        return match[1]

    def client(self, token: str = ADMIN) -> httpx.Client:
        return httpx.Client(
            transport=CheckedTransport(httpx.HTTPTransport()),
            base_url=f"{self.url}{PREFIX}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(one) for one in children if "from reconciler.cli" in Path(f"/proc/{one}/cmdline").read_text()]

    def end(self, how: signal.Signals = signal.SIGTERM, *, group: bool = False) -> int:
        if group:
            os.killpg(self.process.pid, how)
        else:
            self.process.send_signal(how)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(timeout=30)
        self.reader.join(timeout=30)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        assert self.process.stdout.read() == ""
        self.process.stdout.close()
        self.process.stderr.close()
        return code


@contextmanager
def serving(*arguments: str, folder: Path, token: str | None = ADMIN) -> Iterator[Server]:
    server = Server(*arguments, folder=folder, token=token)
    try:
        assert server.ready.wait(timeout=60)
        yield server
    finally:
        if server.process.poll() is None:
            server.end(signal.SIGTERM)


def run(*arguments: str, folder: Path, token: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SRC)} | ({"PORTAL_ADMIN_TOKEN": token} if token is not None else {})
    return subprocess.run(
        [*PORTAL, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_answers_when_it_says_so_and_stops_cleanly(tmp_path: Path) -> None:
    with serving(folder=tmp_path) as server:
        with server.client() as http:
            assert http.get("/whoami").json() == {"name": "administrator", "scopes": ["read", "write"]}
            assert http.get("/help_centers/acme/configuration").status_code == 200
        assert len(server.lines) == 1
        assert re.fullmatch(r"portal serve: ready at http://127\.0\.0\.1:\d+ \(stop with Ctrl-C\)", server.lines[0])
        port = int(server.url.rpartition(":")[2])
        assert server.end(signal.SIGTERM) == 0
    assert len(server.lines) == 1
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
    assert (tmp_path / "workspace.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("workers", ["1", "2"])
def test_control_c_in_a_terminal_stops_all_in_order(tmp_path: Path, workers: str) -> None:
    with serving("--workers", workers, folder=tmp_path) as server:
        assert server.end(signal.SIGINT, group=True) == 0
    assert len(server.lines) == 1, server.lines


def test_a_terminal_that_closes_ends_it(tmp_path: Path) -> None:
    with serving(folder=tmp_path) as server:
        assert server.end(signal.SIGHUP) == 0
    assert len(server.lines) == 1, server.lines


def test_a_token_is_made_once_and_a_seed_fills_once(tmp_path: Path) -> None:
    with serving(folder=tmp_path, token=None) as server:
        said, _ = server.lines
        token = said.rpartition(" ")[2]
        assert said == f"portal serve: the administrator's token, shown only now: {token}"
        with server.client(token) as http:
            before = http.get("/help_centers/acme/configuration").json()
            response = http.patch("/identity", json={"mode": "hmac"}, headers={"If-Match": '"1"'})
            assert response.status_code == 200
    with serving("--seed", str(SRC / "examples" / "workspace.yaml"), folder=tmp_path, token=None) as server:
        assert len(server.lines) == 1
        with server.client(token) as http:
            after = http.get("/help_centers/acme/configuration").json()
    with serving("--demo", folder=tmp_path, token=None) as server:
        # Whoever lost the token is told how to make another one.
        how = "portal serve: for a token, run: portal token create NAME --scope write --db workspace.db"
        assert server.lines[0] == how
    assert after["revision"] == before["revision"] + 1
    assert token not in repr(dump_file(tmp_path / "workspace.db"))


def test_several_workers_never_lose_a_write(tmp_path: Path) -> None:
    with serving("--workers", "2", folder=tmp_path) as server, ThreadPoolExecutor(8) as threads:
        assert len(server.workers()) == 2

        def write(number: int) -> int:
            with server.client() as http:
                for _ in range(100):
                    current = http.get("/help_centers/acme/homepage/draft")
                    section = {"type": f"of-{number}", "enabled": True, "settings": {}}
                    response = http.patch(
                        "/help_centers/acme/homepage/draft",
                        json={"sections": [*current.json()["draft"], section]},
                        headers={"If-Match": current.headers["ETag"]},
                    )
                    if response.status_code == 200:
                        return 1
                    assert response.status_code == 412
            return 0

        assert sum(threads.map(write, range(24))) == 24
        with server.client() as http:
            homepage = http.get("/help_centers/acme/homepage/draft").json()
            assert {f"of-{number}" for number in range(24)} <= {one["type"] for one in homepage["draft"]}
            entries = http.get("/activity", params={"limit": 500}).json()["data"]
    assert len(entries) == 24
    assert {entry["from"] for entry in entries} == {"127.0.0.1"}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_no_repeated_answer_is_older_than_a_write_before_the_question(tmp_path: Path, workers: str) -> None:
    """What was asked before is answered by the event loop itself; somebody else's process writes meanwhile."""
    path = "/help_centers/acme/access/check"
    with serving("--workers", workers, folder=tmp_path) as server:
        engine = db.engine_for(tmp_path / "workspace.db")
        written, over = [0], threading.Event()
        wrong: list[tuple[int, int]] = []
        counts = [0, 0, 0]

        def name(http: httpx.Client) -> int:
            answer = http.post(path, json={"people": ["ada@examply.com"]})
            assert answer.status_code == 200, answer.text
            return int(answer.json()["results"][0]["person"]["name"])

        def write(number: int) -> None:
            with db.writing(engine) as connection:
                there = tables.contacts.c.email_folded == "ada@examply.com"
                connection.execute(update(tables.contacts).where(there).values(name=str(number)))

        def read(place: int) -> None:
            with server.client() as http:
                while not over.is_set():
                    known = written[0]
                    if (current := name(http)) < known:
                        wrong.append((known, current))
                    counts[place] += 1

        write(0)
        threads = [threading.Thread(target=read, args=(place,)) for place in range(len(counts))]
        for thread in threads:
            thread.start()
        for number in range(1, 41):
            write(number)
            written[0] = number
            seen = sum(counts)
            while number % 4 == 0 and sum(counts) < seen + 12 and any(map(threading.Thread.is_alive, threads)):
                time.sleep(0.001)
        over.set()
        for thread in threads:
            thread.join()
        with server.client() as http:
            assert name(http) == 40
        engine.dispose()
        assert wrong == []
        assert sum(counts) >= 120


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with serving("--workers", "2", folder=tmp_path) as server:
        (first, second) = server.workers()
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while first in server.workers() or len(server.workers()) < 2:
            assert time.monotonic() < deadline, server.lines
            time.sleep(0.05)
        assert second in server.workers()
        with server.client() as http:
            # The other one was named before it took its first connection, and may still be about to.
            while (status := answered(http)) is None:
                assert time.monotonic() < deadline, server.lines
                time.sleep(0.05)
            assert status == 200


def answered(http: httpx.Client) -> int | None:
    """Return the status of an answer; None where nobody takes the connection."""
    try:
        return http.get("/whoami").status_code
    except httpx.ConnectError:
        return None


def test_a_server_that_is_killed_leaves_no_workers(tmp_path: Path) -> None:
    with serving("--workers", "2", folder=tmp_path) as server:
        workers = server.workers()
        server.process.kill()
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{one}").exists() for one in workers):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        server.wait()


def test_a_taken_port_is_said_in_a_line(tmp_path: Path) -> None:
    with serving(folder=tmp_path) as server:
        port = server.url.rpartition(":")[2]
        result = run("serve", "--port", port, "--db", "other.db", folder=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    first, help_line = result.stderr.splitlines()
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in first
    assert "--port" in help_line
    assert not (tmp_path / "other.db").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "no.such.host.invalid"], "there is no such address"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1"),
        (["--db", "no/such/folder/workspace.db"], "there is no folder"),
        (["--db", "nosuch://user:s3cret@host/db"], "no driver"),
        (["--db", "postgresql+nosuch://user:s3cret@host/db"], "no driver"),
        (["--db", "."], "cannot use the database"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    result = run("serve", "--port", "0", *arguments, folder=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) <= 2
    assert "s3cret" not in result.stderr


def test_a_token_that_is_easy_to_guess_is_refused_and_not_shown(tmp_path: Path) -> None:
    result = run("serve", "--port", "0", folder=tmp_path, token="s3cret")
    assert (result.returncode, result.stdout) == (1, "")
    assert "PORTAL_ADMIN_TOKEN must be at least 20" in result.stderr
    assert "s3cret" not in result.stderr


def test_a_body_of_unknown_length_is_read_no_further_than_allowed(tmp_path: Path) -> None:
    def body(size: int) -> Iterator[bytes]:
        yield b'{"mode": "hmac"}'
        for _ in range(size // 1024):
            yield b" " * 1024

    with serving(folder=tmp_path) as server, server.client() as http:
        response = http.patch("/identity", content=body(512 * 1024), headers={"If-Match": '"1"'})
        assert response.status_code == 200
        response = http.patch("/identity", content=body(1024 * 1024), headers={"If-Match": '"2"'})
        assert response.status_code == 413


def test_tokens_from_the_command_line(tmp_path: Path) -> None:
    assert run("token", "list", folder=tmp_path).returncode == 1
    with serving("--db", "acme.db", folder=tmp_path) as server:
        made = run("token", "create", "ci", "--scope", "read", "--db", "acme.db", folder=tmp_path)
        assert (made.returncode, made.stderr) == (0, "")
        token = made.stdout.strip()
        with server.client(token) as http:
            assert http.get("/whoami").json() == {"name": "ci", "scopes": ["read"]}
            listed = run("token", "list", "--db", "acme.db", folder=tmp_path)
            assert re.fullmatch(
                r"administrator  read,write  since \d{4}-\d\d-\d\d\nci             read        since \d{4}-\d\d-\d\d\n",
                listed.stdout,
            )
            again = run("token", "create", "ci", "--db", "acme.db", folder=tmp_path)
            assert (again.returncode, again.stdout) == (1, "")
            assert "there is a token 'ci' already" in again.stderr
            assert run("token", "revoke", "ci", "--db", "acme.db", folder=tmp_path).returncode == 0
            assert http.get("/whoami").status_code == 401
            assert "revoked" in run("token", "list", "--db", "acme.db", folder=tmp_path).stdout
            gone = run("token", "revoke", "ci", "--db", "acme.db", folder=tmp_path)
            assert (gone.returncode, gone.stdout) == (1, "")
    assert token not in (tmp_path / "acme.db").read_bytes().decode("latin-1")

"""A workspace and a PowerDNS, each a process of its own on loopback."""

from __future__ import annotations

import http.client
import socket
import sqlite3
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.places import UNPACKED, Stage, program
from benchmarks.processes import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "benchmarks-only-0123456789abcdef0123456789abcdef"  # noqa: S105 (of a workspace that lives for a minute)
HOST = "127.0.0.1"
_SCHEMA = "usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql"
DNS_SCHEMA = next((one for one in (UNPACKED / "root" / _SCHEMA, Path("/") / _SCHEMA) if one.exists()), None)
DNS_KEY = "benchmarks-only"
EMPTY = '{"empty":true}'
"""What the empty view answers."""

PROCESSES: dict[int, int] = {}
"""The process of each running server, by its port."""

_START_SECONDS = 60
_EMPTY = f"""
import sys
from flask import Flask, Response
from workspace.serve.server import gateway, http_server

def made():
    app = Flask("empty", static_folder=None, template_folder=None)
    app.add_url_rule("/", view_func=lambda: Response({EMPTY!r}, mimetype="application/json"))
    return gateway(app)

http_server({HOST!r}, int(sys.argv[1]), 1).serve(target_loader=made, wrap_loader=False)
"""
_BARE = f"""
import sys
from granian import Granian
from granian.constants import Interfaces

def bare(environ, start_response):
    body = {EMPTY.encode()!r}
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]

server = Granian("bare", address={HOST!r}, port=int(sys.argv[1]), interface=Interfaces.WSGI, workers=1)
server.serve(target_loader=lambda: bare, wrap_loader=False)
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def workspace(stage: Stage, database: Path | str, seed: Path | None = None, workers: int = 1) -> Iterator[int]:
    """Serve a database, which is made and filled with the example, or a seed, where it is missing; give the port.

    Args:
        stage: What a measurement needs.
        database: The path of an SQLite file, or a URL.
        seed: What an empty database is filled from; the example if None.
        workers: How many processes answer.
    """
    port = free_port()
    command = [str(stage.portal), "serve", "--port", str(port), "--db", str(database), "--workers", str(workers)]
    command += [] if seed is None else ["--seed", str(seed)]
    log = database.with_suffix(".log") if isinstance(database, Path) else stage.folder / f"served-{port}.log"
    with running(command, clean_environment() | {"PORTAL_ADMIN_TOKEN": TOKEN}, port, log):
        yield port


@contextmanager
def empty_view(stage: Stage) -> Iterator[int]:
    """Serve an application with one view that answers a constant, just as a workspace is served by one worker."""
    with _view(stage, _EMPTY) as port:
        yield port


@contextmanager
def bare_callable(stage: Stage) -> Iterator[int]:
    """Serve a callable that answers the same constant, with no framework and nothing else in between."""
    with _view(stage, _BARE) as port:
        yield port


@contextmanager
def _view(stage: Stage, code: str) -> Iterator[int]:
    port = free_port()
    log = stage.folder / f"view-{port}.log"
    with running([str(stage.python), "-c", code, str(port)], clean_environment(), port, log):
        yield port


def nameserver_missing() -> str | None:
    """Return why there is no PowerDNS; None where there is one."""
    if program("pdns_server") and DNS_SCHEMA is not None:
        return None
    return "PowerDNS is absent: `benchmarks/programs.sh .bench/programs` brings it"


@contextmanager
def nameserver(folder: Path) -> Iterator[int]:
    """Run a PowerDNS on an empty SQLite database with its API, and give the port of that."""
    port = free_port()
    database = folder / "pdns.db"
    assert DNS_SCHEMA is not None  # noqa: S101 (whoever calls has looked)
    with sqlite3.connect(database) as connection:
        connection.executescript(DNS_SCHEMA.read_text(encoding="ascii"))
    connection.close()
    settings = {
        "launch": "gsqlite3",
        "gsqlite3-database": database,
        "gsqlite3-pragma-synchronous": 1,
        "api": "yes",
        "api-key": DNS_KEY,
        "webserver": "yes",
        "webserver-address": HOST,
        "webserver-port": port,
        "webserver-max-bodysize": 64,
        "local-address": HOST,
        "local-port": free_port(),
        "socket-dir": folder,
        "daemon": "no",
        "guardian": "no",
        "disable-syslog": "yes",
        "loglevel": 3,
    }
    lines = (f"{name}={value}\n" for name, value in settings.items())
    (folder / "pdns.conf").write_text("".join(lines), encoding="ascii")
    command = [program("pdns_server") or "pdns_server", f"--config-dir={folder}"]
    with running(command, clean_environment(), port, folder / "pdns.log"):
        yield port


@contextmanager
def running(command: list[str], environment: dict[str, str], port: int, log: Path) -> Iterator[None]:
    """Run a server from when it answers HTTP on its port; what it says goes to a file."""
    with log.open("ab") as said, subprocess.Popen(command, env=environment, stdout=said, stderr=said) as server:
        try:
            _wait(server, port, log)
            PROCESSES[port] = server.pid
            yield
        finally:
            server.terminate()
            server.wait(timeout=_START_SECONDS)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            asked = http.client.HTTPConnection(HOST, port, timeout=5)
            asked.request("GET", "/")
            asked.getresponse().read()
            asked.close()
        except OSError:
            time.sleep(0.05)
            continue
        return
    raise RuntimeError(f"{log.name}: the server did not answer:\n{log.read_text(errors='replace')}")

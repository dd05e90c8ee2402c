"""Many real workspaces in one process: each an application on an SQLite file of its own, at a port of its own.

Their files are copies of one filled file. One thread accepts for all, and gives each connection a thread.
"""

from __future__ import annotations

import selectors
import shutil
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import make_url
from werkzeug.serving import make_server

from reconciler.operations import plan as planning
from reconciler.target.rest import RestTarget
from tests.support import databases, postgres
from tests.support.applying import run
from tests.support.faults.stand import Quiet
from tests.support.laws.stage import read
from tests.support.sample import NOW, TOKEN
from workspace.serve.seed import load as seed
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from werkzeug.serving import BaseWSGIServer

HELP_CENTERS = 40
"""The number of Help Centers of each workspace: `hc-0`, `hc-1`, …"""


VARIABLE = "FLEET_TOKEN"
"""Which variable has the token of all of them."""


def portal(help_center: str, url: str = "http://127.0.0.1:1", **more: Any) -> dict[str, Any]:
    """Return the configuration that was applied to a workspace for a Help Center, with more or other keys."""
    return {
        "version": 1,
        "name": f"portal-{help_center}",
        "help_center": {"identifier": help_center, "live": False},
        "audience": "nobody",
        "portal": {"enabled": False, "ticket_visibility": "company"},
        "environments": {"production": {"workspace": url, "token": f"${{{VARIABLE}}}"}},
        **more,
    }


def fill(engine: Engine) -> None:
    """Fill a database with Help Centers, each with a configuration that was applied to it."""
    named = [{"identifier": f"hc-{number}", "name": f"Help {number}"} for number in range(HELP_CENTERS)]
    site = {"messenger_installed": True, "certificate_valid": True, "plan": "expert"}
    workspace = {"id": "ws_fleet", "name": "Fleet", "required_settings": "2025-jwt"}
    seed.load(engine, {"workspace": workspace, "help_centers": named, "settings": {"site": site}})
    _applied(engine)


@contextmanager
def workspaces(count: int) -> Iterator[list[str]]:
    """Serve so many workspaces, and give their addresses."""
    template = make_url(databases.template("sqlite", fill)).database or ""
    with ExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory(dir=postgres.in_memory())))
        engines = [
            open_.enter_context(databases.opened(shutil.copy(template, folder / f"{number}.db")))
            for number in range(count)
        ]
        servers = [open_.enter_context(_server(engine)) for engine in engines]
        open_.enter_context(_served(servers))
        yield [f"http://127.0.0.1:{one.server_port}" for one in servers]


@contextmanager
def _server(engine: Engine) -> Iterator[BaseWSGIServer]:
    app = create_app(Settings(engine=engine, embedded=EphemeralToken(TOKEN, "ci"), clock=lambda: NOW))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    server.timeout = 0
    try:
        yield server
    finally:
        server.server_close()


@contextmanager
def _served(servers: list[BaseWSGIServer]) -> Iterator[None]:
    over = threading.Event()
    with selectors.DefaultSelector() as selector:
        for one in servers:
            selector.register(one, selectors.EVENT_READ, one)

        def accept() -> None:
            while not over.is_set():
                for key, _ in selector.select(0.05):
                    key.data.handle_request()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _applied(engine: Engine) -> None:
    app = create_app(Settings(engine=engine, embedded=EphemeralToken(TOKEN, "ci"), clock=lambda: NOW))
    target = RestTarget("many", "http://many", TOKEN, httpx.WSGITransport(app=app))
    for number in range(HELP_CENTERS):
        run(planning.make_plan(read(portal(f"hc-{number}")), target, now=NOW), target)
    target.close()

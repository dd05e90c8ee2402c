"""A workspace on a port: in the foreground, with worker processes on one database, until a signal stops it."""

from __future__ import annotations

import contextlib
import http.client
import os
import shlex
import signal
import socket
import sqlite3
import sys
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from sqlalchemy import select

from workspace.core.clock import utc_now
from workspace.core.errors import WorkspaceError
from workspace.database import engine as db
from workspace.database.tables import help_centers
from workspace.identity import tokens as auth
from workspace.serve import access_log, startup, vendor
from workspace.serve.gateway import Gateway, Limits
from workspace.serve.proxies import TrustedProxies, networks
from workspace.web.app import create_app
from workspace.web.app_config import Settings
from workspace.web.http import PREFIX, longest_body, writes
from workspace.web.kept.answers import KeptAnswers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine

    from workspace.serve.proxies import Network
    from workspace.upstream.intercom.api import Account

TOKEN_VARIABLE = "PORTAL_ADMIN_TOKEN"  # noqa: S105 - the name of a variable
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8470

_SAFE_SQLITE = (3, 51, 3)
_SHARED_SQLITE = (
    f"portal serve: warning: SQLite {sqlite3.sqlite_version} may lose a write where several processes share a file; "
    f"use one worker, SQLite {'.'.join(map(str, _SAFE_SQLITE))} or newer, or PostgreSQL"
)
_STOP_SECONDS = 5
_HEADER_SECONDS = 20
_HEADER_BYTES = 64 * 1024
_CONNECTIONS = 10_000
_OTHER_FILES = 200
"""Files that a worker has open beside its connections, at most."""
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what they mean, not a bind
_STDERR = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "portal serve: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "plain"}},
    "loggers": {
        "_granian": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "workspace": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
    },
}


def serve(
    *,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    database: str | Path,
    seed: Path | None = None,
    workers: int = 1,
    people: int = 0,
    demo: bool = False,
    web_app: str | None = None,
    trusted_proxies: Sequence[str] = (),
    log: str | None = None,
    account: Account | None = None,
    say: Callable[[str], None],
) -> None:
    """Serve a workspace until SIGTERM or SIGINT; requests under way are finished first.

    WorkspaceError if the port is taken, the database cannot be used, or a worker failed.

    Args:
        port: 0 picks a free one.
        database: The path of an SQLite file, or a SQLAlchemy URL.
        seed: The first content of an empty database, with `people` made-up people; the example workspace if None.
        demo: True to serve the sample web application too, which signs anybody in as anybody.
        web_app: The address where customers sign in.
        trusted_proxies: Addresses and networks of proxies that set the client, the scheme and the host.
        log: The file of the access log, or `-` for stderr.
        say: Takes each line for the operator: a new administrator's token, then the address.
    """
    proxies = networks(trusted_proxies)
    if log is not None:
        access_log.check(log)
    with _reserved(host, port) as bound:
        engine = _opened(database, seed, people, account, say)
        if not _prepare_administrator(engine, say) and demo and engine.dialect.name == "sqlite":
            # An address of another kind may hold a password.
            place = shlex.quote(str(database))
            say(f"portal serve: for a token, run: portal token create NAME --scope write --db {place}")
        identifiers = _help_centers(engine)
        if workers > 1 and engine.dialect.name == "sqlite" and sqlite3.sqlite_version_info < _SAFE_SQLITE:
            say(_SHARED_SQLITE)
        engine.dispose()
        # What workers inherit must not hold the token.
        os.environ.pop(TOKEN_VARIABLE, None)
        server = http_server(host, bound, workers)
        ready = threading.Thread(
            target=_announce, args=(host, bound, say, identifiers), kwargs={"demo": demo}, daemon=True
        )
        server.on_startup(ready.start)
        if hasattr(signal, "SIGHUP"):
            # A terminal that closes ends what ran in it; left to itself the server would begin anew.
            server.on_startup(lambda: signal.signal(signal.SIGHUP, server.signal_handler_interrupt))
        try:
            server.serve(
                target_loader=partial(
                    _application, database, os.getpid(), proxies, log, demo=demo, web_app=web_app, account=account
                ),
                wrap_loader=False,
            )
        except SystemExit as problem:
            if problem.code:
                raise WorkspaceError("a worker process failed; the server has stopped") from problem


def http_server(host: str, port: int, workers: int) -> Any:
    """Return the HTTP server of a workspace, for any RSGI application."""
    return Granian(
        "workspace",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        websockets=False,
        # With HTTP/2 a connection on which nothing is ever said is kept for good.
        http=HTTPModes.http1,
        # Also how long a connection may be idle between two requests.
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_SECONDS * 1000, max_buffer_size=_HEADER_BYTES),
        backlog=_CONNECTIONS,
        backpressure=_connections(),
        log_dictconfig=_STDERR,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
    )


def _connections() -> int:
    """Return the limit of open connections of a worker, and raise the process's limit of files to it."""
    try:
        import resource
    except ImportError:
        return _CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = _CONNECTIONS + _OTHER_FILES
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(allowed - _OTHER_FILES, allowed // 2)


def gateway(app: Flask, proxies: Sequence[Network] = (), log: str | None = None) -> Gateway:
    """Return the server's application: behind proxies, and behind limits of size, time and threads."""
    # One byte more than any view takes: the application says which body is too large.
    limits = Limits(body_size=longest_body(app) + 1)
    seen, kept = TrustedProxies(app, proxies), app.wsgi_app
    at_once = {"at_once": seen.before(kept.at_once)} if isinstance(kept, KeptAnswers) else {}
    return Gateway(seen, writes(app), limits, None if log is None else access_log.to(log), **at_once)


def _application(
    database: str | Path,
    parent: int,
    proxies: Sequence[Network],
    log: str | None,
    *,
    demo: bool,
    web_app: str | None,
    account: Account | None,
) -> Gateway:
    # Ctrl-C in a terminal reaches every process of a group: only the parent may hear it, and stop us in order.
    if hasattr(os, "setpgrp"):
        os.setpgrp()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    engine = db.engine_for(database, answers=True)
    if account is None:
        return gateway(create_app(Settings(engine=engine, demo=demo, web_app=web_app)), proxies, log)
    settings = Settings(engine=engine, upstream=vendor.connect(account), look_again=vendor.LOOK_AGAIN)
    return gateway(create_app(settings), proxies, log)


def _opened(
    database: str | Path, seed: Path | None, people: int, account: Account | None, say: Callable[[str], None]
) -> Engine:
    """Open the database of a workspace: its own, filled, or that of a vendor's."""
    if account is None:
        engine = startup.open_filled(database, seed, people)
        vendor.require_none(engine)
        return engine
    upstream = vendor.connect(account)
    engine = vendor.open_database(database, upstream)
    vendor.check(engine, upstream, say)
    upstream.close()
    return engine


def _end_with(parent: int) -> None:
    # A parent that was killed outright cannot stop its workers; they must not hold the port for ever.
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _prepare_administrator(engine: Engine, say: Callable[[str], None]) -> bool:
    """Make a missing administrator's token, and return True if it was shown, or is known already."""
    now = int(utc_now().timestamp())
    with db.writing(engine) as connection:
        token = auth.ensure_administrator(connection, os.environ.get(TOKEN_VARIABLE), now=now)
    if token is not None:
        say(f"portal serve: the administrator's token, shown only now: {token}")
    return token is not None or TOKEN_VARIABLE in os.environ


def _help_centers(engine: Engine) -> list[str]:
    with db.reading(engine) as connection:
        return sorted(connection.execute(select(help_centers.c.identifier)).scalars())


@contextlib.contextmanager
def _reserved(host: str, port: int) -> Iterator[int]:
    """Hold a port that nobody else listens on, until the workers listen on it too."""
    family, _, _, _, address = _resolved(host, port)
    try:
        # Workers share the port among themselves, so binding one says nothing about another server.
        with socket.socket(family, socket.SOCK_STREAM) as alone:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(address)
            chosen: int = alone.getsockname()[1]
    except (OSError, OverflowError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise WorkspaceError(
            f"cannot listen on {host} port {port}: {reason}", "Choose another port with --port; 0 picks a free one."
        ) from problem
    holder = socket.socket(family, socket.SOCK_STREAM)
    with holder:
        if sys.platform == "linux":
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            holder.bind((address[0], chosen, *address[2:]))
        yield chosen


def _resolved(host: str, port: int) -> tuple[Any, ...]:
    try:
        return socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError, OverflowError) as problem:
        raise WorkspaceError(f"cannot listen on {host!r}: there is no such address") from problem


def _announce(host: str, port: int, say: Callable[[str], None], identifiers: Sequence[str], *, demo: bool) -> None:
    address = _ANYWHERE.get(host, host)
    while not _answers(address, port):
        time.sleep(0.05)
    url = f"http://{f'[{address}]' if ':' in address else address}:{port}"
    if demo:
        for identifier in identifiers[:1]:
            say(f"portal serve: the Help Center, as customers see it, at {url}/hc/{identifier}/en/")
        say(f"portal serve: the console, for people with an admin token, at {url}/admin/")
        say(f"portal serve: the sample web application at {url}/demo signs anybody in as anybody")
    say(f"portal serve: ready at {url} (stop with Ctrl-C)")


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", f"{PREFIX}/whoami")
        return connection.getresponse().status == http.client.UNAUTHORIZED
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

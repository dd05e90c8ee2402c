"""A workspace inside the process: a file, a WSGI application, a token. No port, no daemon."""

from __future__ import annotations

import logging
import os
import weakref
from typing import TYPE_CHECKING

from workspace.core.errors import DatabaseUnavailable
from workspace.identity import tokens as auth
from workspace.serve import startup
from workspace.web.app import create_admin_first
from workspace.web.app_config import CLOSE, EphemeralToken, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from sqlalchemy import Engine

    from workspace.upstream.protocol import Upstream


def open_workspace(db_path: Path, seed: Path | None, actor: str) -> tuple[Flask, str]:
    """Open a workspace in a file, and return it with a token that lives as long as the application.

    A missing file and its folder are made, readable by their owner only; an empty database is filled from the seed, or
    as the example workspace. `actor` is the token's name. Raises WorkspaceError for an unusable file or seed.
    """
    _keep_quiet()
    _make_folder(db_path.parent)
    engine = startup.open_filled(db_path, seed)
    token = auth.new_token()
    # Whoever has the file has its secrets: its sample web application can sign anybody in, for trying out.
    settings = Settings(engine=engine, embedded=EphemeralToken(token, actor), writes_per_minute=None, demo=True)
    app = create_admin_first(settings)
    # Nobody else knows the engine: its connections end when the application is closed, at the latest with it.
    app.extensions[CLOSE] = weakref.finalize(app, engine.dispose)
    return app, token


def open_intercom(db_path: Path, region: str, token: str, url: str | None, actor: str) -> tuple[Flask, str]:
    """Open a workspace with Intercom behind it, as `open_workspace`; WorkspaceError if Intercom cannot be asked."""
    from workspace.serve import vendor
    from workspace.upstream.intercom.api import Account

    _keep_quiet()
    upstream = vendor.connect(Account(region, token, url))
    _make_folder(db_path.parent)
    engine = vendor.open_database(db_path, upstream)
    own = auth.new_token()
    settings = Settings(
        engine=engine,
        embedded=EphemeralToken(own, actor),
        writes_per_minute=None,
        upstream=upstream,
        look_again=vendor.LOOK_AGAIN,
    )
    app = create_admin_first(settings)
    app.extensions[CLOSE] = weakref.finalize(app, _close, engine, upstream)
    return app, own


def _close(engine: Engine, upstream: Upstream) -> None:
    engine.dispose()
    upstream.close()


def _keep_quiet() -> None:
    # Who asks is told by the answer. Without a handler the log would go to stderr, in between what a command says.
    log = logging.getLogger("workspace")
    if not log.handlers and not os.environ.get("PORTAL_DEBUG"):
        log.addHandler(logging.NullHandler())


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # It holds people and lies in a working copy: it must not be committed by accident.
        (folder / ".gitignore").write_text("*\n", encoding="ascii")
    except OSError as problem:
        raise DatabaseUnavailable(f"cannot make the folder {folder}: {problem.strerror}") from problem

"""The embedded workspace: the real one in this process, on a SQLite file, without a port.

With `portal serve`, the only place that knows both packages.
"""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import httpx

from reconciler.targets.rest import RestTarget
from workspace.embedded import open_workspace

if TYPE_CHECKING:
    from pathlib import Path


def open_embedded(database: Path, seed: Path | None) -> RestTarget:
    """Return the workspace in `database`, made and filled on first use.

    Args:
        database: The SQLite file.
        seed: What fills it on first use; `None` for the sample.
    """
    app, token = open_workspace(database, seed, _user())
    return RestTarget(f"embedded workspace {database}", "http://embedded", token, httpx.WSGITransport(app=app))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"

"""What the verbs that run a workspace share: its database, and its complaints in the words of this command."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from reconciler.diagnostics import error
from reconciler.errors import WorkspaceUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

database = click.option(
    "--db",
    default="workspace.db",
    show_default=True,
    metavar="PATH|URL",
    help="The workspace's database: the path of an SQLite file, or a SQLAlchemy URL.",
)

_NEEDED = ("alembic", "flask", "granian", "sqlalchemy")


@contextmanager
def explained() -> Iterator[None]:
    """Turn what a workspace complains about into a PortalError.

    Raises:
        WorkspaceUnusable: A workspace cannot be run here, or refused what was asked.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise WorkspaceUnusable(
            error(
                "serve-not-installed",
                f"running a workspace needs {', '.join(missing)}, which is not installed",
                remedy="Install it: pip install 'tickets-portal[serve]'",
            )
        )
    from workspace.errors import WorkspaceError

    try:
        yield
    except WorkspaceError as problem:
        raise WorkspaceUnusable(error("workspace-unusable", problem.summary, remedy=problem.remedy)) from problem


@contextmanager
def opened(target: str, *, write: bool) -> Iterator[Connection]:
    """Open the database of a workspace that is there already, in one transaction."""
    from sqlalchemy.exc import DBAPIError

    from workspace import db, startup

    engine = startup.open_existing(target)
    try:
        with (db.writing if write else db.reading)(engine) as connection:
            yield connection
    except DBAPIError as problem:
        raise db.unavailable(engine, problem) from problem
    finally:
        engine.dispose()

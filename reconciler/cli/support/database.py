"""Shared by verbs that run a workspace: its database, and its errors in the words of this command."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.target import local
from reconciler.target.connect import EMBEDDED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Engine

database = click.option(
    "--db",
    default="workspace.db",
    show_default=True,
    metavar="PATH|URL",
    help="The workspace's database: the path of an SQLite file, or a SQLAlchemy URL.",
)


def explained() -> AbstractContextManager[None]:
    """Turn the errors of a workspace into a PortalError."""
    return local.explained(*local.NEEDED, "granian")


@contextmanager
def opened(target: str, *, write: bool) -> Iterator[Connection]:
    """Open the database of an existing workspace, in one transaction."""
    with engine_of(target) as engine:
        from workspace.database import engine as db

        with (db.writing if write else db.reading)(engine) as connection:
            yield connection


@contextmanager
def engine_of(target: str) -> Iterator[Engine]:
    """Open the engine of an existing workspace's database; failures are reported as the workspace's."""
    from sqlalchemy.exc import DBAPIError

    from workspace.core.errors import DatabaseUnavailable
    from workspace.database import engine as db
    from workspace.serve import startup

    try:
        engine = startup.open_existing(target)
    except DatabaseUnavailable as problem:
        # Whoever leaves --db away mostly means the workspace that all other commands talk to.
        if EMBEDDED.is_file() and Path(target).parent.is_dir() and not Path(target).exists():
            remedy = f"The workspace that other commands use here is {EMBEDDED}: give --db {EMBEDDED}."
            raise DatabaseUnavailable(problem.summary, remedy) from problem
        raise
    try:
        yield engine
    except DBAPIError as problem:
        raise db.unavailable(engine, problem) from problem
    finally:
        engine.dispose()

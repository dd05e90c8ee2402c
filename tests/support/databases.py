"""Databases of both kinds for the tests: each is filled once, and copied for whoever wants one."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from tests.support import postgres
from workspace.database.engine import engine_for, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

KINDS = ("sqlite", "postgresql")

one_is_enough = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
"""For tests that no database can decide: refusals before a query, and the looks of a page."""


@contextmanager
def empty(kind: str) -> Iterator[str]:
    """Yield the URL of a database without tables, and drop it afterwards."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(dir=postgres.in_memory()) as directory:
            yield f"sqlite:///{directory}/workspace.db"
        return
    url = postgres.new_database()
    try:
        yield url
    finally:
        postgres.drop_database(url)


@contextmanager
def copied(kind: str, fill: Callable[[Engine], None]) -> Iterator[Engine]:
    """Yield a database of the caller's own with all tables and the content from `fill`, and drop it afterwards."""
    filled = template(kind, fill)
    engine = _spare[kind].pop() if _spare[kind] else engine_for(_place(kind))
    name = engine.url.database or ""
    url = engine.url.render_as_string(hide_password=False)
    _copy(filled, url)
    # What the caller listens to on it ends with the caller.
    own = engine.execution_options()
    try:
        yield own
    finally:
        # Not the one below: whoever listens to this one's end has something to close.
        own.dispose()
        if kind == "sqlite":
            for end in ("", "-wal", "-shm"):
                Path(f"{name}{end}").unlink(missing_ok=True)
        else:
            postgres.drop_database(url)
        _spare[kind].append(engine)


_spare: dict[str, list[Engine]] = {kind: [] for kind in KINDS}
"""Engines whose databases are gone: the next ones take their places, for an engine keeps the statements it wrote."""


def _place(kind: str) -> str:
    """Return the URL of a missing database."""
    if kind == "postgresql":
        return postgres.new_url()
    return f"sqlite:///{folder(postgres.in_memory())}/workspace.db"


def folder(where: str | None = None) -> str:
    """Return a new folder that is removed when the process ends."""
    directory = tempfile.mkdtemp(prefix="portal-tests-", dir=where)
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


@contextmanager
def opened(target: str | Path) -> Iterator[Engine]:
    """Open a database, and close its connections, whatever happens meanwhile."""
    engine = engine_for(target)
    try:
        yield engine
    finally:
        engine.dispose()


def nothing(_: Engine) -> None:
    """Fill a database with nothing but its tables."""


@cache
def template(kind: str, fill: Callable[[Engine], None]) -> str:
    """Return the URL of a database that `fill` has filled; copied, never changed.

    The tables are made once: every migration takes longer than most fillings.
    """
    url = postgres.new_url() if kind == "postgresql" else f"sqlite:///{folder()}/template.db"
    if fill is not nothing:
        _copy(template(kind, nothing), url)
    elif kind == "postgresql":
        postgres.make_database(url)
    with opened(url) as engine:
        if fill is nothing:
            migrate(engine)
        fill(engine)
    return url


def _copy(filled: str, url: str) -> None:
    """Make the database at `url` a copy of a filled one, to which nobody is connected."""
    source, name = (make_url(one).database or "" for one in (filled, url))
    if make_url(url).get_backend_name() == "sqlite":
        shutil.copy(source, name)
    else:
        postgres.make_database(url, source)

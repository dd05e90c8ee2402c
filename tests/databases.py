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

from tests import postgres
from workspace.db import engine_for, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

KINDS = ("sqlite", "postgresql")

one_is_enough = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
"""For tests whose outcome no database decides: what is refused before one is asked, and what a page looks like."""


@contextmanager
def empty(kind: str) -> Iterator[str]:
    """Give the URL of a database without tables, and take it down afterwards."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(dir=postgres.in_memory()) as folder:
            yield f"sqlite:///{folder}/workspace.db"
        return
    url = postgres.new_database()
    try:
        yield url
    finally:
        postgres.drop_database(url)


@contextmanager
def copied(kind: str, fill: Callable[[Engine], None]) -> Iterator[Engine]:
    """Give a database of the caller's own with all tables and what `fill` puts there, and take it down afterwards."""
    filled = make_url(template(kind, fill)).database or ""
    if kind == "sqlite":
        with (
            tempfile.TemporaryDirectory(dir=postgres.in_memory()) as folder,
            opened(shutil.copy(filled, Path(folder) / "workspace.db")) as engine,
        ):
            yield engine
        return
    url = postgres.new_database(filled)
    try:
        with opened(url) as engine:
            yield engine
    finally:
        postgres.drop_database(url)


@contextmanager
def opened(target: str | Path) -> Iterator[Engine]:
    """Open a database, and close its connections, whatever happens meanwhile."""
    engine = engine_for(target)
    try:
        yield engine
    finally:
        engine.dispose()


@cache
def template(kind: str, fill: Callable[[Engine], None]) -> str:
    """Return the URL of a database that `fill` has filled; copied, never changed."""
    if kind == "postgresql":
        url = postgres.new_database()
    else:
        folder = tempfile.mkdtemp(prefix="portal-template-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        url = f"sqlite:///{folder}/template.db"
    with opened(url) as engine:
        migrate(engine)
        fill(engine)
    return url

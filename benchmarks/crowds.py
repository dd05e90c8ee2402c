"""Databases with many people: made once, and kept for later runs.

The workspace's own seeding fills a SQLite file: the example and so many made-up people, who follow from their numbers.
So the same count gives the same database, row by row. PostgreSQL gets the rows of that file by COPY, and with them what
autovacuum would soon do. A kept database is brought to the present tables by the workspace's own migrations.

It needs the workspace, so it runs in the installation that is measured (`people_asked`).
"""

from __future__ import annotations

import hashlib
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import JSON, insert, select, text

from benchmarks import cluster
from workspace.core.data_files import example_path
from workspace.database import engine as db
from workspace.database import tables
from workspace.serve import seed, startup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine, Table

KINDS = ("sqlite", "postgresql")
PEOPLE = 1_000_000
"""They belong to 50,000 companies."""

_MADE_BY = ("made_up.py", "made_up_words.json", "load.py", "rows.py", "tickets.py")
_MADE_FROM = (*(Path(seed.__file__).with_name(one) for one in _MADE_BY), example_path("workspace.yaml"))
_PORTION = 20_000


@dataclass(frozen=True)
class Crowds:
    """The kept databases.

    Attributes:
        folder: Where they are kept.
        sockets: Where the PostgreSQL cluster listens.
    """

    folder: Path
    sockets: Path

    def target(self, kind: str, people: int) -> str:
        """Return the path or the URL of a database with so many made-up people, made if it is not there yet."""
        return str(self.sqlite(people)) if kind == "sqlite" else self._postgresql(people)

    def sqlite(self, people: int) -> Path:
        kept = sqlite_place(self.folder.parent, people)
        if not kept.exists():
            made = kept.with_suffix(".part")
            for old in self.folder.glob(f"{made.name}*"):
                old.unlink()
            with _told(f"{people:,} people in SQLite"):
                startup.open_filled(made, None, people=people).dispose()
            made.rename(kept)
        return kept

    def _postgresql(self, people: int) -> str:
        name = _name(people)
        administration = db.engine_for(self._url("postgres"))
        with administration.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).first():
                source = self.sqlite(people)
                connection.execute(text(f'DROP DATABASE IF EXISTS "{name}_part"'))
                connection.execute(text(f'CREATE DATABASE "{name}_part" TEMPLATE template0'))
                with _told(f"{people:,} people in PostgreSQL"):
                    _copy(source, self._url(f"{name}_part"))
                connection.execute(text(f'ALTER DATABASE "{name}_part" RENAME TO "{name}"'))
        administration.dispose()
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://portal@/{name}?host={self.sockets}"


@contextmanager
def opened(target: str) -> Iterator[Engine]:
    """Open a kept database as a server does, brought to the present tables."""
    engine = db.engine_for(target)
    try:
        with engine.connect() as connection:
            there = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if there != db.HEAD:
            with _told(f"migrations from {there} to {db.HEAD}"):
                db.migrate(engine)
            _tidy(engine)
        yield engine
    finally:
        engine.dispose()


def sqlite_place(kept: Path, people: int) -> Path:
    """Return where the SQLite file with so many made-up people is kept."""
    folder = kept / "people"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{_name(people)}.db"


def sqlite_crowd(kept: Path, people: int) -> Path:
    """Return the SQLite file with so many made-up people, made if it is not there yet; needs no PostgreSQL."""
    return Crowds(kept / "people", kept).sqlite(people)


@contextmanager
def crowds(kept: Path) -> Iterator[Crowds]:
    """Give the kept databases while a PostgreSQL cluster of their own runs.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
    """
    folder = kept / "people"
    folder.mkdir(parents=True, exist_ok=True)
    with cluster.running(kept) as sockets:
        yield Crowds(folder, sockets)


def _name(people: int) -> str:
    made_from = hashlib.sha256(b"".join(one.read_bytes() for one in _MADE_FROM)).hexdigest()
    return f"people_{people}_{made_from[:8]}"


@contextmanager
def _told(what: str) -> Iterator[None]:
    print(f"making once: {what}", file=sys.stderr, flush=True)
    began = time.perf_counter()
    yield
    print(f"made in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


def _copy(source: Path, target: str) -> None:
    giving, taking = db.engine_for(source), db.engine_for(target)
    db.migrate(giving)
    db.migrate(taking)
    with giving.connect() as reader, db.writing(taking) as writer:
        for table in tables.metadata.sorted_tables:
            _copy_table(reader, writer, table)
    giving.dispose()
    _tidy(taking)
    taking.dispose()


def _copy_table(reader: Connection, writer: Connection, table: Table) -> None:
    rows = reader.execution_options(yield_per=_PORTION).execute(select(table))
    if any(isinstance(column.type, JSON) for column in table.columns):
        if found := [row._asdict() for row in rows]:
            writer.execute(insert(table), found)
        return
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    cursor = writer.connection.cursor()
    with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _tidy(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))

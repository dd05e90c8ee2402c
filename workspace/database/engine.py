"""The database: engines, transactions and migrations.

Reads see one moment (`reading`). Writes take the write lock first (`writing`), so none is lost.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from functools import cache, partial
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, MetaData, String, Table, create_engine, event, insert, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from workspace.core.errors import CommitUnknown, DatabaseDamaged, DatabaseUnavailable, SchemaMoved
from workspace.database import postgresql, sqlite
from workspace.database.address import reason, shown
from workspace.database.failures import surely_not_kept
from workspace.database.prepared import Bare, Prepared, sqlalchemy_error
from workspace.database.sqlite import BUSY_SECONDS
from workspace.database.tables import know_postgresql, metadata, texts, workspaces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.pool import PoolProxiedConnection

# The newest revision in migrations/versions; a test keeps it true. A database that is already
# there is recognised without the migration tool, which takes longer to load than to run.
HEAD = "0023"

_WRITES = "portal_writes"
# What psycopg calls REPEATABLE READ; named by number, for who uses SQLite does not have it.
_ONE_MOMENT = 3
_WRITE_LOCK = 7_074_756_001  # any number that nothing else locks by
# As the migration tool makes it.
_VERSIONS = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
_VERSION = Prepared(select(_VERSIONS.c.version_num))


def engine_for(target: str | Path, *, answers: bool = False) -> Engine:
    """Return an engine for an SQLite file in an existing folder, or a SQLAlchemy URL; nothing is opened yet.

    With `answers` requests wait for it, and nothing may take long. Raises DatabaseUnavailable for a malformed URL, or
    an engine that is not installed.
    """
    url = _url(target)
    try:
        engine = create_engine(url, hide_parameters=True, **_options(url))
    except (ArgumentError, NoSuchModuleError, ImportError) as problem:
        raise DatabaseUnavailable(
            f"no driver for the database {shown(url)}",
            "Give the path of an SQLite file, or install the driver: pip install 'tickets-portal[serve,postgresql]'.",
        ) from problem
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", sqlite.prepare)
        _begin_with(engine, _begin_sqlite)
    else:
        know_postgresql()
        event.listen(engine, "connect", partial(postgresql.prepare, postgresql.timeouts(BUSY_SECONDS, answers=answers)))
        _begin_with(engine, _begin_postgresql)
    return engine


def engine_in_memory() -> Engine:
    """Return an engine for a database in memory with all tables; its transactions take turns at one connection."""
    engine = create_engine(
        "sqlite://",
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", lambda connection, _record: connection.deserialize(_empty()))
    event.listen(engine, "connect", sqlite.prepare)
    _begin_with(engine, _begin_sqlite)
    return engine


@cache
def _empty() -> bytes:
    # Made from the description: the migrations, which come to the same, take twenty times as long.
    with closing(sqlite3.connect(":memory:")) as opened:
        metadata.create_all(create_engine("sqlite://", creator=lambda: opened, hide_parameters=True), checkfirst=False)
        return opened.serialize()


def _url(target: str | Path) -> URL:
    text = str(target)
    if "://" not in text:
        return make_url("sqlite://").set(database=text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # The text may hold a password: say nothing of it.
        raise DatabaseUnavailable(
            "the database URL is malformed", "It reads like sqlite:///workspace.db or postgresql://user@host/name."
        ) from None
    if url.drivername in {"postgres", "postgresql"}:
        # The only driver that comes with this project; the plain name would mean another one.
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise DatabaseUnavailable("a workspace in memory would be gone with its process", "Give the path of a file.")
    return url


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {}
    # A connection that died in the pool is noticed before it is used, and a host that is gone within the same time.
    waits = {} if "connect_timeout" in url.query else {"connect_timeout": int(BUSY_SECONDS)}
    return {"pool_pre_ping": True, "pool_timeout": BUSY_SECONDS, "connect_args": waits}


def _begin_with(engine: Engine, begin: Callable[[PoolProxiedConnection], None]) -> None:
    # In place of the driver's own way, which does nothing yet. Listening to the event of the same moment would make
    # every transaction twice as long for whoever reads a few rows: with each connection all listeners are looked up.
    engine.dialect.do_begin = begin  # type: ignore[method-assign, assignment]  # meant to be another for each dialect


def _begin_sqlite(connection: PoolProxiedConnection) -> None:
    connection.cursor().execute("BEGIN IMMEDIATE" if connection.info.pop(_WRITES, False) else "BEGIN")


def _begin_postgresql(connection: PoolProxiedConnection) -> None:
    writes = bool(connection.info.pop(_WRITES, False))
    # The driver says so as it begins the transaction, with the first statement.
    driver: Any = connection.driver_connection
    desired = None if writes else _ONE_MOMENT
    if driver.isolation_level != desired or driver.read_only is not (not writes):
        driver.isolation_level, driver.read_only = desired, not writes
    if writes:
        # One writer at a time, as on SQLite; it goes with the transaction, however that ends.
        connection.cursor().execute(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


@contextmanager
def _readable() -> Iterator[None]:
    """Translate decoding errors into a damaged database: nothing else stores such text."""
    try:
        yield
    except (UnicodeDecodeError, JSONDecodeError) as problem:
        raise DatabaseDamaged from problem


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one moment of the database and changes nothing."""
    with _readable(), _reading(engine) as connection:
        yield connection


@contextmanager
def _reading(engine: Engine) -> Iterator[Connection]:
    connection = engine.connect()
    try:
        connection.begin()
        yield connection
        if engine.dialect.name != "sqlite":
            # Its transaction cannot write. The driver forgets its prepared statements with a rollback.
            connection.commit()
    finally:
        # Whatever is open is rolled back.
        connection.close()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that holds the write lock from its first moment; commits unless an error leaves it."""
    with _writing(engine) as connection:
        # A database in memory is this process's own, and has no number.
        if engine.url.database is not None and _VERSION.scalar(connection) != HEAD:
            raise SchemaMoved
        yield connection


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with _readable(), engine.connect() as connection:
        connection.info[_WRITES] = True
        with connection.begin() as transaction:
            yield connection
            try:
                transaction.commit()
            except DBAPIError as problem:
                if surely_not_kept(problem):
                    raise
                raise CommitUnknown from problem


@contextmanager
def alone(engine: Engine) -> Iterator[Bare]:
    """Open a connection for one prepared statement that is a moment of its own."""
    with _bare(engine) as bare:
        driver: Any = bare.connection.driver_connection
        if engine.dialect.name == "sqlite":
            yield bare
            return
        # Without messages that begin and end a transaction.
        driver.autocommit = True
        try:
            yield bare
        finally:
            if not driver.closed:
                driver.autocommit = False


@contextmanager
def glancing(engine: Engine) -> Iterator[Bare]:
    """Open the same transaction as `reading`, for prepared statements about few rows."""
    with _bare(engine) as bare:
        engine.dialect.do_begin(bare.connection)
        yield bare
        if engine.dialect.name != "sqlite":
            # As in `reading`.
            bare.connection.commit()


@contextmanager
def _bare(engine: Engine) -> Iterator[Bare]:
    with _readable():
        try:
            connection = engine.raw_connection()
        except engine.dialect.loaded_dbapi.Error as problem:
            raise sqlalchemy_error(engine.dialect, problem) from problem
        try:
            yield Bare(connection, engine)
        finally:
            # Whatever is open is rolled back.
            connection.close()


def is_empty(connection: Connection) -> bool:
    """Return True if the database has tables but no workspace yet."""
    return connection.execute(select(workspaces.c.id).limit(1)).first() is None


def migrate(engine: Engine) -> None:
    """Migrate the database to this version's tables, in one transaction; of two that start at once, one does it.

    Raises DatabaseUnavailable if it cannot be opened, or was made by a newer version.
    """
    try:
        with reading(engine) as connection:
            if version(connection) == HEAD and texts.as_it_should_be(connection):
                return
        with _writing(engine) as connection:
            if engine.dialect.name == "sqlite" and not inspect(connection).get_table_names():
                _create(connection)
            else:
                upgrade(connection)
            texts.make(connection)
    except DBAPIError as problem:
        raise unavailable(engine, problem) from problem


def unavailable(engine: Engine, problem: DBAPIError) -> DatabaseUnavailable:
    """Return the error for a failed database, without the secrets of its URL."""
    return DatabaseUnavailable(f"cannot use the database {shown(engine.url)}: {reason(engine.url, problem)}")


def version(connection: Connection) -> str | None:
    """Return the version of the tables, or None without tables."""
    if not inspect(connection).has_table(_VERSIONS.name):
        return None
    return _VERSION.scalar(connection)  # type: ignore[no-any-return]  # the column's is not known


def _create(connection: Connection) -> None:
    """Make all tables of a new database from their description: the steps come to the same, and take much longer."""
    metadata.create_all(connection, checkfirst=False)
    _VERSIONS.create(connection, checkfirst=False)
    connection.execute(insert(_VERSIONS), {"version_num": HEAD})


def upgrade(connection: Connection) -> None:
    """Upgrade the tables step by step, from any version; DatabaseUnavailable if a newer version made them."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as problem:
        raise DatabaseUnavailable(
            f"the database is at version {version(connection)}, this program knows versions up to {HEAD}",
            "Use the version of the program that made it, or a newer one.",
        ) from problem

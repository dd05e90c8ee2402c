"""Statements of every request, compiled once for each kind of database, and handed to the driver as they are.

A general `execute` costs ten times a small statement. Parameters are single values, and rows come all at once.
"""

from __future__ import annotations

import re
from collections import deque, namedtuple
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, event, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Engine, Select, Table
    from sqlalchemy.engine.interfaces import DBAPICursor
    from sqlalchemy.pool import PoolProxiedConnection
    from sqlalchemy.sql.compiler import SQLCompiler

    Convert = Callable[[Any], Any]


_PLACE = re.compile(r"%%|%\(([^)]*)\)s")
"""The place of a parameter in a statement for PostgreSQL, or a percent sign."""


@dataclass(frozen=True, slots=True)
class Bare:
    """A pooled connection for prepared statements only, opened in half the time of a general one."""

    connection: PoolProxiedConnection
    engine: Engine

    @property
    def dialect(self) -> Dialect:
        """The database's dialect."""
        return self.engine.dialect

    def get_execution_options(self) -> Mapping[str, Any]:
        """Return the options that statements are executed with."""
        return self.engine.get_execution_options()

    def invalidate(self, problem: BaseException) -> None:
        """Have nobody use the connection again."""
        self.connection.invalidate(problem)


class Listed(FunctionElement[Any]):
    """All values of a group of rows, in no order; None without rows."""

    type = JSON()
    inherit_cache = True


@compiles(Listed, "sqlite")
def _in_sqlite(element: Listed, compiler: SQLCompiler, **kw: Any) -> str:
    return f"nullif(json_group_array({compiler.process(element.clauses, **kw)}), '[]')"


@compiles(Listed, "postgresql")
def _in_postgresql(element: Listed, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_agg({compiler.process(element.clauses, **kw)})"


class Pinned:
    """Connections kept aside for single statements, each its own transaction; no more than threads ask at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[Bare] = deque()
        self._disposed = 0
        event.listen(engine, "engine_disposed", lambda _engine: self._close())

    @contextmanager
    def connection(self, *, opened: bool = False) -> Iterator[Bare]:
        """Take a connection; after an error it is closed. DBAPIError, or TimeoutError if only `opened` would do."""
        disposed = self._disposed
        try:
            bare = self._idle.pop()
        except IndexError:
            if opened:
                raise PoolTimeout from None
            bare = self._open()
        try:
            yield bare
        except BaseException:
            bare.connection.close()
            raise
        if disposed == self._disposed:
            self._idle.append(bare)
        else:
            bare.connection.close()

    def _open(self) -> Bare:
        try:
            connection = self._engine.raw_connection()
        except self._engine.dialect.loaded_dbapi.Error as problem:
            raise sqlalchemy_error(self._engine.dialect, problem) from problem
        driver: Any = connection.driver_connection
        connection.detach()
        if self._engine.dialect.name != "sqlite":
            # Without messages that begin and end a transaction.
            driver.autocommit = True
        return Bare(connection, self._engine)

    def _close(self) -> None:
        self._disposed += 1
        while self._idle:
            self._idle.pop().connection.close()


class Prepared:
    """A read-only statement with named parameters; other values in it are fixed."""

    def __init__(self, statement: Select[*tuple[Any, ...]], *parameters: str) -> None:
        self._statement = statement
        self._parameters = parameters
        self._compiled: dict[str, _Compiled] = {}

    def first(self, connection: Connection | Bare, **values: Any) -> Any:
        """Return the first row, with its columns by name, or None."""
        results = self.all(connection, **values)
        return results[0] if results else None

    def scalar(self, connection: Connection | Bare, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        results = self.all(connection, **values)
        return results[0][0] if results else None

    def all(self, connection: Connection | Bare, **values: Any) -> list[Any]:
        """Return all rows for all parameters, with columns by name; DBAPIError as from a general `execute`."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._statement, self._parameters, dialect)
        cursor = _run(connection, compiled.text, compiled.given(values), numbered=compiled.numbered)
        try:
            return compiled.rows(cursor.fetchall(), cursor)
        except dialect.loaded_dbapi.Error as problem:
            raise sqlalchemy_error(dialect, problem, compiled.text) from problem
        finally:
            cursor.close()


class PreparedInsert:
    """The insert of one row into a table, with a value for each of some columns."""

    def __init__(self, table: Table, *columns: str) -> None:
        self._table, self._columns = table, columns
        self._compiled: dict[str, _Insert] = {}

    def run(self, connection: Connection, **values: Any) -> None:
        """Insert a row, in a transaction that writes; DBAPIError as from a general `execute`."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Insert(self._table, self._columns, dialect)
        _run(connection, compiled.text, compiled.given(values)).close()


class _Insert:
    """An insert for one kind of database."""

    def __init__(self, table: Table, columns: Sequence[str], dialect: Dialect) -> None:
        statement = insert(table).compile(dialect=dialect, column_keys=list(columns))
        self.text = str(statement)
        self._order: Sequence[str] | None = statement.positiontup
        self._converts = {
            name: convert
            for name in columns
            if (convert := table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }

    def given(self, values: dict[str, Any]) -> Any:
        for name, convert in self._converts.items():
            values[name] = convert(values[name])
        return values if self._order is None else [values[name] for name in self._order]


def _run(connection: Connection | Bare, text: str, given: Any, *, numbered: bool = False) -> DBAPICursor:
    driver = connection.connection
    cursor: DBAPICursor = (
        connection.dialect.loaded_dbapi.RawCursor(driver.dbapi_connection) if numbered else driver.cursor()
    )
    try:
        cursor.execute(text, given)
    except connection.dialect.loaded_dbapi.Error as problem:
        lost = connection.dialect.is_disconnect(problem, driver, cursor)
        if lost:
            connection.invalidate(problem)
        cursor.close()
        raise sqlalchemy_error(connection.dialect, problem, text, lost=lost) from problem
    return cursor


class _Compiled:
    """A statement for one kind of database."""

    def __init__(self, statement: Select[*tuple[Any, ...]], parameters: Sequence[str], dialect: Dialect) -> None:
        state = statement.compile(dialect=dialect).construct_expanded_state(dict.fromkeys(parameters))
        self.text, self._order = state.statement, state.positiontup
        self.numbered = dialect.name == "postgresql"
        if self.numbered:
            # Of a long statement the driver would look for the parameters each time, longer than the database answers.
            self.text, self._order = _numbered(state.statement)
        self._dialect = dialect
        self._columns = list(statement.selected_columns)
        self._row: Any = namedtuple("Row", [column.key for column in self._columns], rename=True)  # type: ignore[misc]  # noqa: PYI024 - the columns are known only now
        self._readers: list[tuple[int, Convert]] | None = None
        self._fixed: dict[str, Any] = {
            name: _converted(value, state.processors.get(name))
            for name, value in state.parameters.items()
            if name not in parameters
        }
        self._converts = {name: state.processors[name] for name in parameters if name in state.processors}

    def given(self, values: Mapping[str, Any]) -> Any:
        named = {**self._fixed, **values}
        for name, convert in self._converts.items():
            named[name] = _converted(named[name], convert)
        return named if self._order is None else [named[name] for name in self._order]

    def rows(self, rows: Sequence[Sequence[Any]], cursor: DBAPICursor) -> list[Any]:
        """Convert the driver's rows to the columns' types."""
        if self._readers is None:
            self._readers = list(self._readers_of(cursor))
        made = self._row._make
        if not self._readers:
            return [made(row) for row in rows]
        read = []
        for row in rows:
            values = list(row)
            for place, convert in self._readers:
                values[place] = convert(values[place])
            read.append(made(values))
        return read

    def _readers_of(self, cursor: DBAPICursor) -> list[tuple[int, Convert]]:
        described = cursor.description or ()
        found_readers: list[tuple[int, Convert]] = []
        for place, (column, described_as) in enumerate(zip(self._columns, described, strict=True)):
            convert = column.type.dialect_impl(self._dialect).result_processor(self._dialect, described_as[1])
            if convert is not None:
                found_readers.append((place, convert))
        return found_readers


def _numbered(text: str) -> tuple[str, list[str]]:
    """Return a statement with numbers as PostgreSQL has them for its named parameters, and these in their order."""
    names: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return "%" if match[1] is None else f"${names.setdefault(match[1], len(names) + 1)}"

    return _PLACE.sub(number, text), list(names)


def _converted(value: Any, convert: Any) -> Any:
    return value if convert is None else convert(value)


def sqlalchemy_error(
    dialect: Dialect, problem: Exception, text: str | None = None, *, lost: bool = False
) -> BaseException:
    """Return a driver's error as SQLAlchemy's, without parameters, for they may be secrets."""
    instance: BaseException = DBAPIError.instance(
        text, None, problem, dialect.loaded_dbapi.Error, connection_invalidated=lost, dialect=dialect
    )
    return instance

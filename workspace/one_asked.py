"""Statements that are asked again and again, of one thing at a time: written once, then handed to the driver.

Making text and values of a statement, and rows of an answer, takes SQLAlchemy many times as long as such a question
takes the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Dialect, Select


class OneAsked:
    """A statement with one parameter that differs from question to question."""

    def __init__(self, statement: Select[*tuple[Any, ...]], parameter: str) -> None:
        """Keep a statement.

        Args:
            statement: Its values are texts, numbers and booleans, which drivers take as they are.
            parameter: The name of the parameter: a text.
        """
        self._statement = statement
        self._parameter = parameter
        self._written: dict[Dialect, tuple[str, Callable[[str], Any]]] = {}

    def first(self, connection: Connection, value: str) -> tuple[Any, ...] | None:
        """Return the first row of the answer for one value of the parameter; None where there is none."""
        dialect = connection.dialect
        if dialect not in self._written:
            self._written[dialect] = self._write(dialect)
        text, values = self._written[dialect]
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, values(value))
            row: tuple[Any, ...] | None = cursor.fetchone()
        except dialect.loaded_dbapi.Error:
            # It fails again, and this time SQLAlchemy says so, and lets go of a connection that is lost.
            found = connection.execute(self._statement, {self._parameter: value}).first()
            return None if found is None else tuple(found)
        finally:
            cursor.close()
        return row

    def _write(self, dialect: Dialect) -> tuple[str, Callable[[str], Any]]:
        written = self._statement.compile(dialect=dialect).construct_expanded_state({self._parameter: ""})
        if written.positiontup is None:
            named = written.parameters
            return written.statement, lambda value: {**named, self._parameter: value}
        placed = written.positional_parameters
        places = [place for place, name in enumerate(written.positiontup) if name == self._parameter]

        def values(value: str) -> list[Any]:
            found = list(placed)
            for place in places:
                found[place] = value
            return found

        return written.statement, values

"""The full-text index of tickets on SQLite from 3.34: it leads to those that may hold a text, inside of words too.

It has each three letters of titles and descriptions. Triggers keep it; without them it counts as missing, and the texts
themselves are searched. PostgreSQL has its own indexes, made by a migration.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, MetaData, Table, Text, func, select, text

from workspace.database.tables.desk import tickets

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

LETTERS = 3
"""A shorter text is in no index."""

_COLUMNS = ("title_folded", "description_folded")
_MANY = 10_000
"""Of a text that more tickets may hold than these, reading them one after the other is the quicker way."""
_LONGEST = 60
"""So much of a text is looked up: who holds the rest is seen by the text itself."""
_SINCE = (3, 34)

# Of no metadata: it is made by statements that only SQLite knows.
_TEXTS = Table("ticket_texts", MetaData(), Column("rowid", Integer), Column("ticket_texts", Text))
# By the number of a ticket: SQLite may give its rows other numbers of its own whenever it writes the file anew. What
# is folded already needs no folding, and nobody asks for the lengths of texts.
_MADE = f"""
CREATE VIRTUAL TABLE IF NOT EXISTS ticket_texts USING fts5(
    {", ".join(_COLUMNS)}, content='tickets', content_rowid='number', tokenize='trigram case_sensitive 1', columnsize=0
)
"""
_ADD = "INSERT INTO ticket_texts (rowid, {names}) VALUES (new.number, {new});"
_REMOVE = "INSERT INTO ticket_texts (ticket_texts, rowid, {names}) VALUES ('delete', old.number, {old});"
_TRIGGERS = {
    "ticket_texts_added": ("INSERT", "", _ADD),
    "ticket_texts_removed": ("DELETE", "", _REMOVE),
    "ticket_texts_changed": (
        "UPDATE",
        "WHEN (new.number, {new}) <> (old.number, {old})",
        f"{_REMOVE} {_ADD}",
    ),
}
_NAMES = {
    "names": ", ".join(_COLUMNS),
    "new": ", ".join(f"new.{name}" for name in _COLUMNS),
    "old": ", ".join(f"old.{name}" for name in _COLUMNS),
}


def as_it_should_be(connection: Connection) -> bool:
    """Return True if the index is there and kept, or cannot be."""
    return connection.dialect.name != "sqlite" or _kept(connection) == _possible(connection)


def make(connection: Connection) -> None:
    """Make the index and fill it, if it is not kept already; stop keeping it where it cannot be."""
    if as_it_should_be(connection):
        return
    if not _possible(connection):
        # It would let nobody write a ticket.
        stop(connection)
        return
    connection.exec_driver_sql(_MADE)
    connection.exec_driver_sql("INSERT INTO ticket_texts (ticket_texts) VALUES ('rebuild')")
    for name, (event, when, then) in _TRIGGERS.items():
        made = f"CREATE TRIGGER {name} AFTER {event} ON tickets {when} BEGIN {then} END"
        connection.exec_driver_sql(made.format(**_NAMES))


def stop(connection: Connection) -> None:
    """Keep the index no longer; `make` brings it up to date."""
    if connection.dialect.name == "sqlite":
        for name in _TRIGGERS:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")


def holders(connection: Connection, column: str, folded: str, *, whole: bool) -> ColumnElement[bool] | None:
    """Return a necessary condition, not a sufficient one, of tickets whose folded `column` holds a text, by an index.

    None if no index is quicker, or one needs no help: on PostgreSQL, unless the text is meant as a `whole`.
    """
    if len(folded) < LETTERS:
        return None
    if connection.dialect.name != "sqlite":
        return tickets.c[column].contains(folded, autoescape=True) if whole else None
    if not _kept(connection):
        return None
    quoted = folded[:_LONGEST].replace('"', '""')
    rowids = select(_TEXTS.c.rowid).where(_TEXTS.c.ticket_texts.op("MATCH")(f'{column} : "{quoted}"'))
    count = connection.execute(select(func.count()).select_from(rowids.limit(_MANY + 1).subquery())).scalar_one()
    return None if count > _MANY else tickets.c.number.in_(rowids)


def _kept(connection: Connection) -> bool:
    asked = text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name = 'ticket_texts_changed'")
    return bool(connection.execute(asked).scalar())


def _possible(connection: Connection) -> bool:
    if sqlite3.sqlite_version_info < _SINCE:
        return False
    return bool(connection.execute(text("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'")).scalar())

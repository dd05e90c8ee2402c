"""The base of all tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Index, MetaData, event

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_PARTIAL: list[tuple[Index, ColumnElement[bool]]] = []


def partial(name: str, given: ColumnElement[bool], *columns: ColumnElement[Any]) -> Index:
    """Return an index of the rows that meet a condition."""
    # To say so for PostgreSQL, too, loads all that there is for PostgreSQL, which takes longer than a small plan.
    index = Index(name, *columns, sqlite_where=given)
    _PARTIAL.append((index, given))
    return index


def know_postgresql() -> None:
    """Declare partial indexes for PostgreSQL, too."""
    for index, given in _PARTIAL:
        index.dialect_options["postgresql"]["where"] = given


@event.listens_for(metadata, "before_create")
def _before_create(_metadata: MetaData, connection: Connection, **_: Any) -> None:
    if connection.dialect.name == "postgresql":
        know_postgresql()

"""What is handed to the driver as it is says the same as any statement, and fails as any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import bindparam, select, table, text
from sqlalchemy.exc import DBAPIError

from tests.databases import KINDS, copied
from workspace import db
from workspace.one_asked import OneAsked
from workspace.tables import tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

NAMED = OneAsked(
    select(tags.c.name, tags.c.id).where(tags.c.id == bindparam("wanted"), tags.c.name.in_(["one", "two", "□"])),
    "wanted",
)


def fill(engine: Engine) -> None:
    with db.writing(engine) as connection:
        rows = [{"id": f"id-{name}", "name": name} for name in ("one", "two", "three", "□")]
        connection.execute(tags.insert(), rows)


@pytest.fixture(scope="module", params=KINDS)
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    with copied(request.param, fill) as engine, engine.connect() as opened:
        yield opened


def test_the_first_row_is_of_the_value_that_is_asked_for(connection: Connection) -> None:
    # More often than it takes a driver to have the database keep the statement.
    for _ in range(8):
        assert NAMED.first(connection, "id-one") == ("one", "id-one")
        assert NAMED.first(connection, "id-□") == ("□", "id-□")
        assert NAMED.first(connection, "id-three") is None
        assert NAMED.first(connection, "' OR 1=1 --") is None


def test_what_the_driver_refuses_is_told_as_any_failure(connection: Connection) -> None:
    nowhere = OneAsked(select(text("1")).select_from(table("nowhere")).where(bindparam("wanted") == "a"), "wanted")
    with pytest.raises(DBAPIError):
        nowhere.first(connection, "a")
    connection.rollback()
    assert NAMED.first(connection, "id-two") == ("two", "id-two")

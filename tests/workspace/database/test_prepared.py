"""What is handed to the driver as it is says the same as any statement, and fails as any other."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, column, delete, insert, literal_column, or_, select, table
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.support.databases import KINDS, copied
from workspace.database import engine as db
from workspace.database.prepared import Prepared, PreparedInsert
from workspace.database.tables import data_attributes, tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

NAMED = Prepared(
    select(tags.c.name, tags.c.id).where(tags.c.id == bindparam("wanted"), tags.c.name.in_(["one", "two", "□"])),
    "wanted",
)
ALL = Prepared(select(tags.c.id).order_by(tags.c.id))
ATTRIBUTE = select(data_attributes).where(data_attributes.c.custom.is_(True))


def fill(engine: Engine) -> None:
    rows = [{"id": f"id-{name}", "name": name} for name in ("one", "two", "three", "□")]
    kept = {"model": "company", "revision": 2, "custom": True, "type": "string", "messenger_writable": False}
    options = [{"name": "tier", "options": ["a", "□"]}, {"name": "size", "options": None}]
    with db.writing(engine) as connection:
        connection.execute(insert(tags), rows)
        connection.execute(insert(data_attributes), [kept | one for one in options])


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with copied(request.param, fill) as copy:
        yield copy


WAYS = pytest.mark.parametrize("way", [db.reading, db.writing, db.glancing, db.alone])


@WAYS
def test_the_rows_are_those_of_the_value_that_is_asked_for(engine: Engine, way: Any) -> None:
    # More often than it takes a driver to have the database keep the statement.
    for _ in range(8):
        for wanted, row in (("id-one", ("one", "id-one")), ("id-□", ("□", "id-□")), ("id-three", None)):
            with way(engine) as connection:
                assert NAMED.first(connection, wanted=wanted) == row
        with way(engine) as connection:
            assert NAMED.all(connection, wanted="' OR 1=1 --") == []
            assert NAMED.scalar(connection, wanted="id-two") == "two"


@WAYS
def test_signs_of_the_driver_in_a_statement_are_texts(engine: Engine, way: Any) -> None:
    asked = bindparam("asked")
    told = [literal_column("'100% $1 ?'"), literal_column("7 % 4"), asked == tags.c.id]
    statement = Prepared(select(*told).where(or_(tags.c.id == asked, tags.c.name == asked)), "asked")
    for wanted in ("id-two", "three", "id-three"):
        with way(engine) as connection:
            assert statement.first(connection, asked=wanted) == ("100% $1 ?", 3, wanted.startswith("id-"))


def test_a_row_is_written_as_any_statement_would(engine: Engine) -> None:
    row = {"model": "contact", "revision": 1, "custom": False, "type": "string", "messenger_writable": True}
    texts = {"description": "□ 'quoted' %s :name ?"}
    columns = (*row, *texts, "name", "options")
    one = PreparedInsert(data_attributes, *columns)
    with db.writing(engine) as connection:
        for place, options in enumerate((None, [], ["a", "□"], {"a": None})):
            one.run(connection, **row, **texts, name=f"prepared-{place}", options=options)
            connection.execute(
                insert(data_attributes), {**row, **texts, "name": f"general-{place}", "options": options}
            )
        rows = connection.execute(select(data_attributes).where(data_attributes.c.model == "contact")).all()
        raw = connection.exec_driver_sql("SELECT name, options FROM data_attributes WHERE model = 'contact'").all()
        for values in ({item.name: item[3:] for item in rows}, dict(map(tuple, raw))):
            assert len(values) == 8
            for place in range(4):
                assert values[f"prepared-{place}"] == values[f"general-{place}"]
    with pytest.raises(IntegrityError), db.writing(engine) as connection:
        one.run(connection, **row, **texts, name="prepared-0", options=None)
    with db.writing(engine) as connection:
        connection.execute(delete(data_attributes).where(data_attributes.c.model == "contact"))


def test_values_are_of_the_types_of_their_columns(engine: Engine) -> None:
    with db.reading(engine) as connection:
        rows = {row.name: row._asdict() for row in Prepared(ATTRIBUTE).all(connection)}
        assert rows == {row.name: row._asdict() for row in connection.execute(ATTRIBUTE)}
    assert rows["tier"]["options"] == ["a", "□"]
    assert rows["tier"]["messenger_writable"] is False


@WAYS
def test_what_the_driver_refuses_is_told_as_any_failure(engine: Engine, way: Any) -> None:
    secret = "not-to-be-told"
    nowhere = Prepared(select(column("x")).select_from(table("nowhere")).where(column("x") == bindparam("y")), "y")
    with pytest.raises(DBAPIError) as told, way(engine) as connection:
        nowhere.first(connection, y=secret)
    assert "nowhere" in str(told.value)
    assert secret not in str(told.value.params)
    with way(engine) as connection:
        assert NAMED.first(connection, wanted="id-two") == ("two", "id-two")


@pytest.mark.parametrize("way", [db.reading, db.glancing])
def test_a_transaction_sees_one_moment_and_a_statement_alone_sees_the_newest(engine: Engine, way: Any) -> None:
    with _and_another(engine) as name, way(engine) as connection:
        before = [row.id for row in ALL.all(connection)]
        with db.writing(engine) as writer:
            writer.execute(insert(tags).values(id=name, name=name))
        assert [row.id for row in ALL.all(connection)] == before
        with db.alone(engine) as newest:
            assert {row.id for row in ALL.all(newest)} == {*before, name}


@contextmanager
def _and_another(engine: Engine) -> Iterator[str]:
    yield "another"
    with db.writing(engine) as writer:
        writer.execute(tags.delete().where(tags.c.id == "another"))

"""The full-text indexes of tickets: what they lead to is what reading every text finds, on every database."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, make_url, select, update
from sqlalchemy.exc import OperationalError

import workspace
from tests.support.databases import KINDS, copied, empty, nothing, one_is_enough, opened
from tests.support.examples import examples
from tests.support.workspace.populate import prepare
from workspace.core.folding import folded
from workspace.database import engine as db
from workspace.database.tables import texts, tickets
from workspace.people.rows import Contact, add_contacts
from workspace.web.public.http.query import condition
from workspace.web.public.tickets import search

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

PERSON = Contact(id="ada", role="user", created_at=0)
OF_EACH = {"type_id": "customer", "state_id": "s", "contact_id": "ada", "is_shared": False}
OF_EACH |= {"created_at": 0, "updated_at": 0}

# Letters that fold to others or to several, that combine, that are more than two bytes long or nothing to be seen; what
# LIKE and the language of the index give a meaning; what no database may take for another.
AWKWARD = (
    "abAßẞSİıiΣςσÉé\u0301ǅﬁ%_\\/'\"*^:()-+ 1\t\n\u200b\u00ad\u2028\ufeff\ufffe\uffff\U0001f469\U0001f3fd\U0010ffff語"
)
letters = st.sampled_from(AWKWARD)
few = st.text(st.sampled_from("abÉé%"), max_size=6)
a_text = few | st.text(letters, max_size=12) | st.sampled_from(["AND", "title_folded : a", 'a" OR "b', "NOT NEAR(abc)"])
operators = st.sampled_from(["~", "!~", "^", "$", "=", "!="])


@pytest.fixture(scope="module", params=KINDS)
def desk(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A database with a type, a state and a person but no tickets, asked by indexes wherever there are any."""
    with ExitStack() as made:
        engine = made.enter_context(copied(request.param, nothing))
        connection = made.enter_context(db.writing(engine))
        prepare(connection)
        add_contacts(connection, [PERSON])
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
        yield connection


def row(number: int, title: str, description: str = "") -> dict[str, Any]:
    return {"id": f"t{number}", "number": number, "title": title, "description": description, **OF_EACH}


def fill(connection: Connection, said: list[tuple[str, str]]) -> None:
    connection.execute(delete(tickets))
    for number, (title, description) in enumerate(said):
        connection.execute(insert(tickets), row(number, title, description))


def hits(connection: Connection, field: str, operator: str, value: str, *, by_index: bool) -> set[str]:
    find = search.finder(connection) if by_index else search._FIELDS.get
    where = condition({"field": field, "operator": operator, "value": value}, find).where
    return set(connection.scalars(select(tickets.c.id).where(where)))


def meant(operator: str, text: str, value: str) -> bool:
    here, desired = folded(text), folded(value)
    return {
        "~": desired in here,
        "!~": desired not in here,
        "^": here.startswith(desired),
        "$": here.endswith(desired),
        "=": text == value,
        "!=": text != value,
    }[operator]


def free(connection: Connection) -> int:
    return max(connection.scalars(select(tickets.c.number)), default=0) + 1


def intact(connection: Connection) -> bool:
    """Tell whether SQLite finds in the index what the tickets say, no more and no less."""
    try:
        connection.exec_driver_sql("INSERT INTO ticket_texts (ticket_texts, rank) VALUES ('integrity-check', 1)")
    except OperationalError:
        return False
    return True


def parts(said: list[tuple[str, str]]) -> st.SearchStrategy[str]:
    """Return texts of which many are parts of what is said."""
    whole = st.sampled_from([text for pair in said for text in pair])
    part = st.tuples(whole, st.integers(0, 6), st.integers(1, 6)).map(lambda one: one[0][one[1] :][: one[2]])
    return a_text | whole | part | part.map(str.upper) | part.map(str.swapcase)


@examples(40)
@given(st.data())
def test_an_index_finds_what_reading_every_text_finds(desk: Connection, data: st.DataObject) -> None:
    said = data.draw(st.lists(st.tuples(a_text, a_text), min_size=1, max_size=5))
    fill(desk, said)
    for _ in range(3):
        operator, value = data.draw(operators), data.draw(parts(said))
        for field, place in (("title", 0), ("description", 1)):
            expected = {f"t{number}" for number, one in enumerate(said) if meant(operator, one[place], value)}
            assert hits(desk, field, operator, value, by_index=True) == expected, (operator, value)
            assert hits(desk, field, operator, value, by_index=False) == expected, (operator, value)


@examples(20)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["insert", "title", "both", "number", "state", "delete"]), st.integers(0, 4), few, few
        ),
        max_size=12,
    )
)
def test_the_index_follows_whoever_writes(desk: Connection, writes: list[tuple[str, int, str, str]]) -> None:
    if desk.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps its indexes itself")
    fill(desk, [("First", "of all")])
    for way, number, title, description in writes:
        here = tickets.c.id == f"t{number}"
        there = desk.execute(select(tickets.c.id).where(here)).first()
        if way == "insert" and not there:
            desk.execute(insert(tickets), {**row(number, title, description), "number": free(desk)})
        elif way == "delete":
            desk.execute(delete(tickets).where(here))
        else:
            both = {"description": description, "description_folded": folded(description)} if way == "both" else {}
            changes: dict[str, Any] = {
                "state": {"updated_at": 7},
                "number": {"number": free(desk)},
            }.get(way, {"title": title, "title_folded": folded(title), **both})
            desk.execute(update(tickets).where(here).values(**changes))
        assert intact(desk)


@pytest.fixture
def engine(database_kind: str) -> Iterator[Engine]:
    with copied(database_kind, _fill) as engine:
        yield engine


def _fill(engine: Engine) -> None:
    with db.writing(engine) as connection:
        prepare(connection)
        add_contacts(connection, [PERSON])
        connection.execute(insert(tickets), [row(1, "Printer on fire"), row(2, "Else")])


def asked(engine: Engine, value: str) -> tuple[set[str], bool]:
    """Return the tickets with a title that holds a text, and whether an index led to them."""
    with db.reading(engine) as connection:
        led = texts.holders(connection, "title_folded", value, whole=False) is not None
        return hits(connection, "title", "~", value, by_index=True), led


@one_is_enough
def test_what_many_hold_and_what_is_short_is_read(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(engine, "else") == ({"t2"}, True)
    assert asked(engine, "ls") == ({"t2"}, False)
    assert asked(engine, "e") == ({"t1", "t2"}, False)
    monkeypatch.setattr(texts, "_MANY", 1)
    assert asked(engine, "printer") == ({"t1"}, True)
    with db.writing(engine) as connection:
        connection.execute(insert(tickets), row(3, "No printer"))
    assert asked(engine, "printer") == ({"t1", "t3"}, False)


@one_is_enough
def test_of_a_long_text_the_end_counts_too(engine: Engine) -> None:
    long = "so it was " * 2000
    with db.writing(engine) as connection:
        connection.execute(insert(tickets), [row(3, f"{long}here"), row(4, f"{long}there")])
    assert asked(engine, f"{long}here") == ({"t3"}, True)


@one_is_enough
def test_the_file_can_be_written_anew(engine: Engine) -> None:
    """SQLite gives the rows other numbers of its own: the first one is gone."""
    with db.writing(engine) as connection:
        connection.execute(delete(tickets).where(tickets.c.id == "t1"))
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("VACUUM")
        assert intact(connection)
    assert asked(engine, "else") == ({"t2"}, True)


@one_is_enough
def test_an_older_sqlite_does_without_and_a_newer_one_catches_up(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.writing(engine) as connection:
        _forget_how_to_cut(connection)
    # What an older SQLite makes of it: it can neither look into the index nor keep it.
    with engine.connect() as connection, pytest.raises(OperationalError, match="no such tokenizer"):
        connection.execute(insert(tickets), row(3, "Printer"))
    monkeypatch.setattr(texts, "_SINCE", (99,))
    db.migrate(engine)
    with db.writing(engine) as connection:
        connection.execute(insert(tickets), row(3, "Printer"))
    assert asked(engine, "printer") == ({"t1", "t3"}, False)
    with db.writing(engine) as connection:
        _forget_how_to_cut(connection, backwards=True)
    monkeypatch.undo()
    db.migrate(engine)
    assert asked(engine, "printer") == ({"t1", "t3"}, True)
    with engine.connect() as connection:
        assert intact(connection)


def _forget_how_to_cut(connection: Connection, *, backwards: bool = False) -> None:
    known, unknown = "'trigram case", "'unheard case"
    before, after = (unknown, known) if backwards else (known, unknown)
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    change = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = 'ticket_texts'"
    connection.exec_driver_sql(change, (before, after))
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")


def test_a_new_database_is_made_without_where_sqlite_is_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_SINCE", (99,))
    engine = db.engine_for(tmp_path / "old.db")
    db.migrate(engine)
    with db.writing(engine) as connection:
        prepare(connection)
        add_contacts(connection, [PERSON])
        connection.execute(insert(tickets), row(1, "Printer"))
    assert asked(engine, "printer") == ({"t1"}, False)
    engine.dispose()


def upgraded_to(engine: Engine, revision: str) -> None:
    """Make the tables of an older version, with two tickets."""
    config = Config()
    config.set_main_option("script_location", str(Path(workspace.__file__).parent / "database" / "migrations"))
    with db._writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        prepare(connection)
        add_contacts(connection, [PERSON])
        connection.execute(insert(tickets), [row(1, "Printer on FIRE"), row(2, "Else", "A printer")])


def leads(connection: Connection) -> list[str]:
    """Return how a database finds tickets by a text that none has, if it goes by an index wherever there is one."""
    asked = condition({"field": "title", "operator": "~", "value": "none has it"}, search.finder(connection))
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET enable_seqscan = off")
    compiled = select(tickets.c.id).where(asked.where).compile(connection, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF)"
    # As the driver reads it: what is doubled is meant once.
    return [str(line[-1]) for line in connection.exec_driver_sql(f"{explain} {compiled}")]


INDEX = {"sqlite": "ticket_texts VIRTUAL TABLE", "postgresql": "ix_tickets_title_folded_parts"}


def check_tickets_from_before(engine: Engine, *, index: bool = True) -> None:
    db.migrate(engine)
    with db.reading(engine) as connection:
        assert hits(connection, "title", "~", "fire", by_index=True) == {"t1"}
        assert hits(connection, "description", "$", "PRINTER", by_index=True) == {"t2"}
        lines = leads(connection)
        assert any(INDEX[engine.dialect.name] in line for line in lines) is index, lines


def test_tickets_from_before_are_in_the_index(database_kind: str) -> None:
    with empty(database_kind) as url, opened(url) as engine:
        upgraded_to(engine, "0019")
        check_tickets_from_before(engine)


@contextmanager
def other_role(*, owner: bool) -> Iterator[Engine]:
    """Yield a database as a role that is no administrator; other connections to it end with it."""
    with empty("postgresql") as url, opened(url) as engine:
        role = f"limited_{make_url(url).database}"
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f'CREATE ROLE "{role}" LOGIN')
            if owner:
                connection.exec_driver_sql(f'ALTER DATABASE "{make_url(url).database}" OWNER TO "{role}"')
            connection.exec_driver_sql(f'GRANT CREATE ON SCHEMA public TO "{role}"')
        with opened(make_url(url).set(username=role).render_as_string(hide_password=False)) as limited:
            yield limited


@pytest.mark.postgres
@pytest.mark.parametrize("owner", [True, False], ids=["owner", "guest"])
def test_who_may_not_extend_postgresql_does_without(owner: bool) -> None:
    with other_role(owner=owner) as engine:
        upgraded_to(engine, "0019")
        check_tickets_from_before(engine, index=owner)


@pytest.mark.postgres
def test_an_extension_of_another_schema_serves() -> None:
    with empty("postgresql") as url, opened(url) as engine:
        with db._writing(engine) as connection:
            connection.exec_driver_sql('CREATE SCHEMA "of others"')
            connection.exec_driver_sql('CREATE EXTENSION pg_trgm SCHEMA "of others"')
        upgraded_to(engine, "0019")
        check_tickets_from_before(engine)

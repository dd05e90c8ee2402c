"""Search in tickets: what SQL finds, and in which order, is what plain Python finds in the same texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import column, delete, insert, select, table

import workspace
from tests.support.databases import empty
from tests.support.examples import examples
from workspace.database import engine as db
from workspace.database import tables
from workspace.people.rows import Contact, add_contacts
from workspace.portal import match as ticket_match
from workspace.portal.ranking import match, words_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Letters that fold to others or to several, and that LIKE gives a meaning.
texts = st.text(st.sampled_from("aAßẞSİiΣςσ%_\\' 1#"), max_size=6)
replies = st.lists(st.tuples(st.sampled_from(["comment", "note"]), texts), max_size=3)
worlds = st.lists(st.tuples(texts, texts, replies), min_size=1, max_size=4)


def populate(connection: Connection, world: list[tuple[str, str, list[tuple[str, str]]]]) -> None:
    for one in (tables.ticket_replies, tables.tickets):
        connection.execute(delete(one))
    if connection.execute(select(tables.contacts.c.id)).first() is None:
        add_contacts(connection, [Contact(id="ada", role="user", created_at=0)])
    same = {"type_id": "customer", "state_id": "s", "contact_id": "ada", "is_shared": False}
    moments = {"created_at": 0, "updated_at": 0}
    for number, (title, description, said) in enumerate(world, start=10):
        row = {"id": str(number), "number": number, "title": title, "description": description}
        connection.execute(insert(tables.tickets), [{**row, **same, **moments}])
        by = {"ticket_id": str(number), "author_type": "user", "author_name": "Ada", "created_at": 0}
        rows = [{"id": f"{number}-{at}", **by, "part_type": one[0], "body": one[1]} for at, one in enumerate(said)]
        if rows:
            connection.execute(insert(tables.ticket_replies), rows)


@examples(18)
@given(world=worlds, query=texts.filter(str.strip))
def test_sql_finds_and_ranks_what_python_does(
    blank: Connection, world: list[tuple[str, str, list[tuple[str, str]]]], query: str
) -> None:
    populate(blank, world)
    words = words_of(query)
    wanted, rank = ticket_match.matches(words, tables.tickets)
    by_name = dict(map(tuple, blank.execute(select(tables.tickets.c.number, rank).where(wanted))))
    expected = {}
    for number, (title, description, said) in enumerate(world, start=10):
        for_customers = [text for kind, text in said if kind == "comment"]
        matched = match(words, [[f"#{number}", title], [description], for_customers])
        if matched:
            expected[number] = matched.rank
    assert by_name == expected


def test_texts_from_before_are_found_too(database_kind: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(workspace.__file__).parent / "database" / "migrations"))
    with empty(database_kind) as url:
        engine = db.engine_for(url)
        with db._writing(engine) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0004")
            for name, row in _rows_of_old():
                connection.execute(insert(table(name, *map(column, row))).values(row))
        db.migrate(engine)
        with db.reading(engine) as connection:
            kept = tables.tickets.c
            (row,) = connection.execute(select(kept.title_folded, kept.description_folded))
            assert tuple(row) == ("strasse", "ünï")
            assert connection.execute(select(tables.ticket_replies.c.body_folded)).scalar_one() == "antwort"
        engine.dispose()


def _rows_of_old() -> list[tuple[str, dict[str, Any]]]:
    state = {"id": "s", "category": "submitted", "internal_label": "New", "external_label": "New"}
    ticket = {"id": "t", "number": 1, "type_id": "q", "state_id": "s", "contact_id": "c", "is_shared": False}
    reply = {"id": "r", "ticket_id": "t", "author_type": "user", "author_name": "A", "part_type": "comment"}
    return [
        ("contacts", {"id": "c", "role": "user", "created_at": 0, "archived": False}),
        ("ticket_types", {"id": "q", "name": "Q", "category": "customer"}),
        ("ticket_states", state),
        ("tickets", {**ticket, "title": "STRAßE", "description": "ÜNÏ", "created_at": 0, "updated_at": 0}),
        ("ticket_replies", {**reply, "body": "ANTWORT", "created_at": 0}),
    ]

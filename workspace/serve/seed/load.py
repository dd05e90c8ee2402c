"""Fills an empty workspace, from a seed file and with made-up people; the same input gives the same rows."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from workspace.core.errors import WorkspaceError
from workspace.database import engine as db
from workspace.database import tables
from workspace.people import rows as store
from workspace.people.custom_values import add_values
from workspace.people.rows import InvalidValue, insert_all
from workspace.serve.seed.bulk import indexed_afterwards, sorting_in_files
from workspace.serve.seed.file import Document, SeedInvalid, check_form, read
from workspace.serve.seed.made_up import TAGS, MadeUp
from workspace.serve.seed.reading import made_id
from workspace.serve.seed.rows import MODELS, Rows, rows_of
from workspace.settings.initialise import AlreadyInitialised, NewHelpCenter, initialise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from workspace.people.rows import Model

_MANY = 5000
"""From so many people on their indexes come after them."""
_FILLED = (
    *(tables.companies, tables.contacts, tables.memberships, tables.contact_tags),
    *(tables.company_values, tables.contact_values, tables.tickets),
)

__all__ = ["SeedInvalid", "load", "load_file"]


def load_file(
    engine: Engine, path: Path, people: int = 0, finish: Callable[[Connection], None] = lambda _: None
) -> None:
    """Fill empty tables from a seed file, and with `people` made-up people, in one transaction, which `finish` ends.

    Raises SeedInvalid with place and reason, AlreadyInitialised if the database holds a workspace.
    """
    _fill(engine, read(path), people, finish)


def load(engine: Engine, data: Mapping[str, Any], people: int = 0) -> None:
    """Fill empty tables from plain values in the form of `seed.schema.json`, and with `people` made-up people.

    Raises SeedInvalid for other values, AlreadyInitialised if the database holds a workspace.
    """
    document = Document(data)
    check_form(document)
    _fill(engine, document, people)


def _fill(
    engine: Engine, document: Document, people: int, finish: Callable[[Connection], None] = lambda _: None
) -> None:
    rows = rows_of(document)
    meanwhile = sorting_in_files(engine) if people >= _MANY else nullcontext()
    with meanwhile, db.writing(engine) as connection:
        _initialise(connection, document)
        try:
            _write(connection, rows)
        except InvalidValue as problem:
            raise SeedInvalid([document.complaint((), str(problem))]) from problem
        _make_up(connection, document, rows, people)
        finish(connection)


def _initialise(connection: Connection, document: Document) -> None:
    values = document.values
    workspace = values["workspace"]
    attributes = {
        f"data_attribute/{MODELS[model]}.{name}": value
        for model, attribute in values.get("attributes", {}).items()
        for name, value in attribute.items()
    }
    try:
        initialise(
            connection,
            workspace["name"],
            help_centers=[NewHelpCenter(center["identifier"], center["name"]) for center in values["help_centers"]],
            profile=workspace.get("required_settings"),
            settings={**attributes, **values.get("settings", {})},
            workspace_id=workspace.get("id") or f"ws_{made_id('workspace', workspace['name'])}",
        )
    except AlreadyInitialised:
        raise
    except WorkspaceError as problem:
        at = ("attributes",) if "data_attribute/" in problem.summary else ("settings",)
        raise SeedInvalid([document.complaint(at, f"{problem.summary} {problem.remedy}".strip())]) from problem


def _write(connection: Connection, rows: Rows) -> None:
    insert_all(connection, tables.admins, rows.admins)
    store.add_companies(connection, rows.companies)
    store.add_contacts(connection, rows.contacts)
    store.add_memberships(connection, rows.memberships)
    names = {name for taggings in rows.taggings.values() for _, name in taggings}
    store.add_tags(connection, ((made_id("tag", name), name) for name in sorted(names)))
    for model in MODELS.values():
        _tag(connection, model, rows.taggings[model])
        add_values(connection, model, rows.values[model])
    insert_all(connection, tables.ticket_types, rows.tickets.types)
    insert_all(connection, tables.ticket_type_attributes, rows.tickets.attributes)
    insert_all(connection, tables.ticket_states, rows.tickets.states)
    insert_all(connection, tables.tickets, rows.tickets.tickets)
    insert_all(connection, tables.ticket_values, rows.tickets.values)
    insert_all(connection, tables.ticket_replies, rows.tickets.replies)
    insert_all(connection, tables.collections, rows.collections)
    insert_all(connection, tables.articles, rows.articles)


def _tag(connection: Connection, model: Model, taggings: Iterable[tuple[str, str]]) -> None:
    store.add_taggings(connection, model, ((owner, made_id("tag", name)) for owner, name in taggings))


def _make_up(connection: Connection, document: Document, rows: Rows, people: int) -> None:
    if people <= 0:
        return
    attributes = {
        MODELS[model]: {name: value.get("options") for name, value in attribute.items() if value["type"] == "string"}
        for model, attribute in document.values.get("attributes", {}).items()
    }
    made_up = MadeUp(people, attributes)
    if people < _MANY:
        _write_made_up(connection, rows, made_up)
    else:
        with indexed_afterwards(connection, _FILLED):
            _write_made_up(connection, rows, made_up)
    # So many at once: nobody waits until the database finds out by itself, and SQLite never does.
    connection.execute(text("ANALYZE"))


def _write_made_up(connection: Connection, rows: Rows, made_up: MadeUp) -> None:
    store.add_companies(connection, made_up.companies())
    add_values(connection, "company", made_up.company_values())
    known = {name for taggings in rows.taggings.values() for _, name in taggings}
    store.add_tags(connection, ((made_id("tag", name), name) for name in TAGS if name not in known))
    types, states = ([result["id"] for result in results] for results in (rows.tickets.types, rows.tickets.states))
    numbers = count(max((ticket["number"] for ticket in rows.tickets.tickets), default=0) + 1)
    for people in made_up.portions():
        store.add_contacts(connection, made_up.contacts(people))
        store.add_memberships(connection, made_up.memberships(people))
        _tag(connection, "contact", made_up.contact_tags(people))
        add_values(connection, "contact", made_up.contact_values(people))
        if types and states:
            insert_all(connection, tables.tickets, made_up.tickets(people, types, states, numbers))
